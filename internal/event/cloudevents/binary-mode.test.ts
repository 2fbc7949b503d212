import { describe, expect, test } from 'vitest';
import { binaryModeOf } from './binary-mode.ts';
import { decodeMessage } from '../body/decode-message.ts';

const CONTEXT = { specversion: '1.0', id: 'b1', source: '/s', type: 'user-app', clientid: 'client-3' };

function named(context: object, prefix: string): Record<string, string> {
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [prefix + name, value]));
}

function decode(body: string, attributes: Record<string, string>) {
  const message = { sqsMessageId: 'sqs-id', body, attributes, systemAttributes: {} };
  const { events } = decodeMessage(message, { maxExpandedBytes: 100_000, queue: 'events', mappings: [] });
  expect(events).toHaveLength(1);
  return events[0] as (typeof events)[number];
}

describe('a CloudEvent in binary mode', () => {
  test.each(['ce-', 'ce_', 'CE-', 'Ce_', 'cloudEvents:', 'cloudEvents_', 'cloudevents_'])(
    'was refused, or its body taken for an event: with %s',
    (prefix) => {
      const more = {
        tenantid: 'acme',
        time: '2026-11-20 10:15Z',
        deliverAfter: '2026-11-20 10:20Z',
        subject: 's',
        sequence: '1',
      };
      const attributes = {
        ...named({ ...CONTEXT, ...more }, prefix),
        'Content-Type': 'application/json',
        colour: 'red',
      };
      expect(decode('{"n":9007199254740993}', attributes)).toMatchObject({
        index: null,
        event: {
          tenantId: 'acme',
          clientId: 'client-3',
          eventType: 'user-app',
          source: '/s',
          eventId: 'b1',
          payload: '{"n":9007199254740993}',
          contentType: 'application/json',
          occurredAt: '2026-11-20T10:15:00Z',
          deliverAfter: '2026-11-20T10:20:00Z',
          attributes: '{"subject":"s","sequence":"1"}',
          sqsAttributes: '{"colour":"red"}',
        },
      });
    },
  );

  test('has no id of its own, no content type, or a body that is a whole event', () => {
    const { id: _, ...withoutId } = CONTEXT;
    const event = '{"event_type":"other","client_id":"other","message":1}';
    expect(decode(event, named(withoutId, 'ce-'))).toMatchObject({
      event: { eventId: 'sqs-id', eventType: 'user-app', payload: event, contentType: null },
    });
  });

  test.each(['5', '1.0', '9007199254740993', '[1]', '"text"', 'null', '\uFEFF{"a":1}'])(
    'may have any JSON for data: %s',
    (body) => {
      expect(decode(body, named(CONTEXT, 'ce-'))).toMatchObject({
        event: { payload: body.replace('\uFEFF', '') },
      });
    },
  );

  test.each([
    ['application/json; charset=utf-8', '{"a":1}', '{"a":1}'],
    ['application/vnd.shop.order+json', '{"a":1}', '{"a":1}'],
    ['text/json', '[1]', '[1]'],
    ['text/plain', 'Hello "you"', String.raw`"Hello \"you\""`],
    ['text/plain', '{"a":1}', String.raw`"{\"a\":1}"`],
    ['application/xml', '<a/>', '"<a/>"'],
    ['application/jsonl', '{}', '"{}"'],
  ])('of %s has the data of that kind', (contentType, body, payload) => {
    for (const name of ['content-type', 'contentType', 'CONTENT_TYPE', 'ce-datacontenttype'])
      expect(decode(body, { ...named(CONTEXT, 'ce-'), [name]: contentType })).toMatchObject({
        event: { payload, contentType },
      });
  });

  test.each([
    [{ ...CONTEXT, specversion: '0.3' }, '1', 'invalid_envelope', 'specversion: expected "1.0"'],
    [{ ...CONTEXT, clientid: '' }, '1', 'invalid_envelope', 'clientid: expected a text'],
    [{ ...CONTEXT, data: 'x' }, '1', 'invalid_envelope', 'data: not an attribute'],
    [{ ...CONTEXT, data_base64: 'x' }, '1', 'invalid_envelope', 'data_base64: not an attribute'],
    [{ ...CONTEXT, 'tenant-id': 'x' }, '1', 'invalid_envelope', 'tenant-id: expected an attribute name'],
    [{ ...CONTEXT, ID: 'b2' }, '1', 'invalid_envelope', 'id: given more than once, with different values'],
    [CONTEXT, 'Hello', 'malformed_json', "the data is not JSON: Unexpected token 'H'"],
    [CONTEXT, `${'['.repeat(600)}${']'.repeat(600)}`, 'unstorable', 'the data nests deeper'],
    [CONTEXT, '"\\u0000"', 'unstorable', 'data holds the character U+0000'],
  ])('that is %j around %s is refused, with what could be read of it', (context, body, reason, detail) => {
    const decoded = decode(body, named(context, 'ce-'));
    expect(decoded).toMatchObject({
      refusal: { reason, detail: expect.stringContaining(detail) },
      claims: { source: '/s', eventType: 'user-app' },
    });
    expect(decoded.text()).toBe(body);
  });

  test('may say the same twice', () => {
    expect(decode('1', { ...named(CONTEXT, 'ce-'), ce_id: 'b1' })).toMatchObject({
      event: { eventId: 'b1' },
    });
  });

  test('takes its trace context from the attributes', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(decode('1', { ...named(CONTEXT, 'ce-'), traceparent, tracestate: 'a=b' })).toMatchObject({
      event: { traceparent, attributes: '{"tracestate":"a=b"}', sqsAttributes: null },
    });
  });
});

test.each([
  {},
  { 'ce-id': 'b1', 'ce-type': 'user-app' },
  { 'content-type': 'application/json' },
  { ...named(CONTEXT, 'ce-'), 'content-type': 'application/cloudevents+json; charset=utf-8' },
  { ...named(CONTEXT, 'ce-'), 'content-type': 'application/cloudevents-batch+json' },
])('is no binary mode: %j', (attributes) => {
  expect(binaryModeOf(attributes)).toBeUndefined();
});

test('a batch of CloudEvents is an array of them', () => {
  const event = (id: string) => ({ ...CONTEXT, id, data: id });
  const message = {
    sqsMessageId: 'sqs-id',
    body: JSON.stringify([event('a'), event('b')]),
    attributes: { 'content-type': 'application/cloudevents-batch+json' },
    systemAttributes: {},
  };
  expect(decodeMessage(message, { maxExpandedBytes: 1, queue: 'events', mappings: [] }).events).toMatchObject(
    [
      {
        index: 0,
        event: { eventId: 'a', sqsAttributes: '{"content-type":"application/cloudevents-batch+json"}' },
      },
      { index: 1, event: { eventId: 'b' } },
    ],
  );
});
