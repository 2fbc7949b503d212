import {
  type BadInput,
  type Category,
  duplicate,
  eventBridge,
  type MessageAttribute,
  type Outcome,
  plain,
  rejected,
  sns,
  stored,
} from '../case.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const attributes = (texts: Record<string, string>): Record<string, MessageAttribute> =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
  );

const of = (name: string, body: string, outcome: Outcome, texts?: Record<string, string>): BadInput => ({
  name,
  body,
  outcome,
  ...(texts === undefined ? {} : { attributes: attributes(texts) }),
});

const cloudEvent = (members: object) =>
  JSON.stringify({ specversion: '1.0', type: 'user-app', clientid: 'client-3', ...members });

/** A time as a library writes it, and what is stored of it. */
const timed = (name: string, time: string, occurredAt: string | null): BadInput =>
  of(
    name,
    plain('1', `"event_id":"field ${name}","occurred_at":${JSON.stringify(time)}`),
    stored('1', {
      eventId: `field ${name}`,
      occurredAt,
      attributes: occurredAt === null ? `{"occurred_at": ${JSON.stringify(time)}}` : null,
    }),
  );

const ORDER_77 = eventBridge(plain('{"order":77}'), 'field-eb-same');
const ORDER_78 = sns(plain('{"order":78}'), 'field-sns-same');

export const FIELD: Category = {
  title: 'Seen in the field',
  rule: 'Messages that libraries and services are known to send, and messages that were once refused, stored twice or rejected by mistake.',
  cases: [
    of(
      'the producers of the original system',
      '{"event_type":"user-app","client_id":"client-3","message":{"hello":"world"},"MessageId":""}',
      stored('{"hello": "world"}', { attributes: '{"MessageId": ""}' }),
    ),
    {
      ...of(
        'EventBridge, delivered twice',
        ORDER_77,
        duplicate('{"order": 77}', { eventId: 'field-eb-same' }),
      ),
      earlier: ORDER_77,
    },
    {
      ...of(
        'EventBridge, replayed from an archive',
        ORDER_77.replace('{', '{"replay-name":"r1",').replace('field-eb-same', 'field-eb-again'),
        duplicate('{"order": 77}', { eventId: 'field-eb-again' }),
      ),
      earlier: ORDER_77.replace('field-eb-same', 'field-eb-again'),
    },
    {
      ...of('SNS, delivered twice', ORDER_78, duplicate('{"order": 78}', { eventId: 'field-sns-same' })),
      earlier: ORDER_78,
    },
    of(
      'OpenTelemetry, with its context as attributes',
      plain('1', '"event_id":"field otel"'),
      stored('1', { eventId: 'field otel', traceparent: TRACEPARENT, attributes: '{"tracestate": "a=b"}' }),
      { traceparent: TRACEPARENT, tracestate: 'a=b' },
    ),
    of(
      'a CloudEvent in binary mode',
      '{"hello":"x"}',
      stored('{"hello": "x"}', { source: '/s', eventId: 'field b1', contentType: 'application/json' }),
      {
        'ce-specversion': '1.0',
        'ce-id': 'field b1',
        'ce-source': '/s',
        'ce-type': 'user-app',
        'ce-clientid': 'client-3',
        'content-type': 'application/json',
      },
    ),
    ...['utf-8', 'UTF-8'].map((encoding) =>
      of(
        `Celery's content-encoding ${encoding}`,
        plain('1', `"event_id":"field ${encoding}"`),
        stored('1', { eventId: `field ${encoding}` }),
        {
          'content-encoding': encoding,
        },
      ),
    ),
    of(
      'Dapr',
      cloudEvent({
        id: 'field dapr',
        source: 'checkout',
        datacontenttype: 'application/json',
        data: { orderId: 1 },
        pubsubname: 'order-pub-sub',
        topic: 'orders',
        traceid: TRACEPARENT,
        traceparent: TRACEPARENT,
        tracestate: '',
        time: '2026-09-23T06:23:21Z',
      }),
      stored('{"orderId": 1}', {
        source: 'checkout',
        eventId: 'field dapr',
        contentType: 'application/json',
        occurredAt: '2026-09-23 06:23:21',
        traceparent: TRACEPARENT,
        attributes: `{"topic": "orders", "traceid": "${TRACEPARENT}", "pubsubname": "order-pub-sub", "tracestate": ""}`,
      }),
    ),
    of(
      'Knative',
      cloudEvent({
        id: 'field knative',
        source: '/apis/v1/namespaces/default/pingsources/p',
        time: '2026-11-13T10:00:00.123456789Z',
        datacontenttype: 'application/json',
        knativearrivaltime: '2026-11-13T10:00:00.2Z',
        data: { msg: 'hi' },
      }),
      stored('{"msg": "hi"}', {
        source: '/apis/v1/namespaces/default/pingsources/p',
        eventId: 'field knative',
        contentType: 'application/json',
        occurredAt: '2026-11-13 10:00:00.123456',
        attributes: '{"knativearrivaltime": "2026-11-13T10:00:00.2Z"}',
      }),
    ),
    of(
      'Event Grid, as a CloudEvent',
      cloudEvent({
        id: 'field grid',
        source: '/subscriptions/0',
        time: '2026-11-18T15:13:39.4589254Z',
        subject: 'blobs/b',
        dataschema: '#',
        data: { api: 'PutBlockList' },
      }),
      stored('{"api": "PutBlockList"}', {
        source: '/subscriptions/0',
        eventId: 'field grid',
        occurredAt: '2026-11-18 15:13:39.458925',
        attributes: '{"subject": "blobs/b", "dataschema": "#"}',
      }),
    ),
    timed('Java OffsetDateTime, no seconds', '2026-11-20T10:15Z', '2026-11-20 10:15:00'),
    timed('Java ZonedDateTime', '2026-11-20T10:15:30+01:00[Europe/Paris]', '2026-11-20 09:15:30'),
    timed('Java LocalDateTime', '2026-11-20T10:15:30', null),
    timed('Python isoformat, no offset', '2026-11-20T10:15:30.123456', null),
    timed('Python with a space', '2026-11-20 10:15:30.123456+00:00', '2026-11-20 10:15:30.123456'),
    timed('strftime %z', '2026-11-20T10:15:30+0000', '2026-11-20 10:15:30'),
    timed('.NET, 7 digits', '2026-11-20T10:15:30.1234567Z', '2026-11-20 10:15:30.123456'),
    timed('.NET DateTime.MaxValue', '9999-12-31T23:59:59.9999999Z', '9999-12-31 23:59:59.999999'),
    timed('.NET DateTime.MinValue', '0001-01-01T00:00:00Z', '0001-01-01 00:00:00'),
    of(
      'milliseconds since 1970',
      plain('1', '"event_id":"field epoch","occurred_at":1796000000000'),
      stored('1', { eventId: 'field epoch', occurredAt: '2026-11-30 00:53:20' }),
    ),
    of(
      'a numeric event id, as in Shopify',
      plain('1', '"event_id":820982911946154509'),
      stored('1', { eventId: '820982911946154509' }),
    ),
    of(
      'a numeric client id',
      '{"event_type":"user-app","client_id":42,"message":1}',
      rejected('invalid_envelope', 'client_id: expected a text of 1 to 128 characters, got a number'),
    ),
    {
      name: 'the same event with its keys in another order',
      earlier: plain('{"a":1,"b":2}', '"event_id":"field order"'),
      body: plain('{"b":2,"a":1}', '"event_id":"field order"'),
      outcome: duplicate('{"a": 1, "b": 2}', { eventId: 'field order' }),
    },
  ],
};
