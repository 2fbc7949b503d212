import {
  type BadInput,
  bytes,
  type Category,
  cloud,
  type MessageAttribute,
  plain,
  rejected,
  stored,
  text,
} from '../case.ts';

const binaryMode = (prefix: string, id = `attributes ${prefix}`): Record<string, MessageAttribute> => ({
  [`${prefix}specversion`]: text('1.0'),
  [`${prefix}id`]: text(id),
  [`${prefix}source`]: text('/shop'),
  [`${prefix}type`]: text('user-app'),
  [`${prefix}clientid`]: text('client-3'),
  [`${prefix}subject`]: text('s'),
  'content-type': text('application/json'),
});

export const BINARY_MODE: Category = {
  title: 'CloudEvents in binary mode',
  rule: 'The attributes of the event are SQS message attributes, named `ce-…`, `ce_…`, `cloudEvents:…` or `cloudEvents_…` in any letter case. The body is the data: JSON, unless the content type says otherwise. `specversion` is required. If the content type is that of CloudEvents, the body is a whole event or a batch.',
  cases: [
    ...['ce-', 'ce_', 'CE-', 'cloudEvents_'].map(
      (prefix): BadInput => ({
        name: `a CloudEvent in binary mode, named ${prefix}`,
        body: '{"a":1.50}',
        attributes: { ...binaryMode(prefix), colour: text('red') },
        outcome: stored('{"a": 1.50}', {
          source: '/shop',
          eventId: `attributes ${prefix}`,
          contentType: 'application/json',
          attributes: '{"subject": "s"}',
          sqsAttributes: '{"colour": "red"}',
        }),
      }),
    ),
    {
      name: 'a CloudEvent in binary mode with a whole event as its data',
      body: plain('1'),
      attributes: binaryMode('ce-', 'attributes whole'),
      outcome: stored('{"message": 1, "client_id": "client-3", "event_type": "user-app"}', {
        source: '/shop',
        eventId: 'attributes whole',
        contentType: 'application/json',
        attributes: '{"subject": "s"}',
      }),
    },
    {
      name: 'a CloudEvent in binary mode with a text',
      body: 'Hello "World"',
      attributes: { ...binaryMode('ce-', 'attributes text'), 'content-type': text('text/plain') },
      outcome: stored('"Hello \\"World\\""', {
        source: '/shop',
        eventId: 'attributes text',
        contentType: 'text/plain',
        attributes: '{"subject": "s"}',
      }),
    },
    {
      name: 'a CloudEvent in binary mode with binary attributes',
      body: '1',
      attributes: { ...binaryMode('ce-', 'attributes bytes'), 'ce-source': bytes(...Buffer.from('/shop')) },
      outcome: stored('1', {
        source: '/shop',
        eventId: 'attributes bytes',
        contentType: 'application/json',
        attributes: '{"subject": "s"}',
      }),
    },
    {
      name: 'a CloudEvent in binary mode whose data is not JSON',
      body: 'Hello World',
      attributes: binaryMode('ce-'),
      outcome: rejected('malformed_json', "the data is not JSON: Unexpected token 'H'", {
        source: '/shop',
        attributes: { 'ce-type': 'user-app', 'content-type': 'application/json' },
      }),
    },
    {
      name: 'a CloudEvent in binary mode without a client',
      body: '1',
      attributes: { ...binaryMode('ce-'), 'ce-clientid': text('nobody') },
      outcome: rejected('unknown_client', 'client "nobody" is not registered'),
    },
    {
      name: 'a CloudEvent in structured mode, by its content type',
      body: cloud('"id":"attributes structured","data":1'),
      attributes: { 'ce-specversion': text('1.0'), 'content-type': text('application/cloudevents+json') },
      outcome: stored('1', {
        source: '/shop',
        eventId: 'attributes structured',
        sqsAttributes: '{"content-type": "application/cloudevents+json", "ce-specversion": "1.0"}',
      }),
    },
    {
      name: 'a batch of CloudEvents',
      body: `[${cloud('"id":"attributes batch","data":1')},${cloud('"data":2')}]`,
      attributes: { 'content-type': text('application/cloudevents-batch+json') },
      outcome: [1, 2].map((payload) =>
        stored(String(payload), {
          source: '/shop',
          eventId: payload === 1 ? 'attributes batch' : null,
          sqsAttributes: '{"content-type": "application/cloudevents-batch+json"}',
        }),
      ),
    },
  ],
};
