import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBody, decodeElement } from './envelope.ts';
import type { Event } from '../event.ts';

const PLAIN = {
  event_type: 'user-app',
  client_id: 'client-3',
  event_id: 'e1',
  source: 'app',
  message: { n: 1 },
};
const CLOUD = {
  specversion: '1.0',
  id: 'e1',
  source: '/app',
  type: 'user-app',
  clientid: 'client-3',
  data: { n: 1 },
};

function decodeOne(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const [decoded, ...others] = decodeBody(text, 'sqs-id');
  expect(others).toEqual([]);
  if (decoded === undefined) throw new Error('nothing decoded');
  return decoded;
}

function event(body: unknown): Event {
  const decoded = decodeOne(body);
  if (decoded.kind !== 'event') throw new Error(decoded.refusal.detail);
  return decoded.event;
}

function refusal(body: unknown) {
  const decoded = decodeOne(body);
  if (decoded.kind !== 'refused') throw new Error('it was accepted');
  return { ...decoded.refusal, claims: decoded.claims };
}

describe('a plain event', () => {
  test('is read with its defaults', () => {
    expect(event({ event_type: 'user-app', client_id: 'client-3', message: null })).toEqual({
      tenantId: 'default',
      clientId: 'client-3',
      eventType: 'user-app',
      source: 'user-app',
      eventId: 'sqs-id',
      payload: 'null',
      payloadEncoding: null,
      contentType: null,
      occurredAt: null,
      deliverAfter: null,
      traceparent: null,
      attributes: null,
      sqsAttributes: null,
    });
  });

  test('is read with everything it may have', () => {
    const more = { tenant_id: 'acme', occurred_at: '2026-01-31T12:00:00+02:00' };
    expect(event({ ...PLAIN, ...more })).toMatchObject({
      tenantId: 'acme',
      occurredAt: more.occurred_at,
      source: 'app',
    });
  });

  test('was refused for a member of its own', () => {
    const wire = '{"event_type":"user-app","client_id":"client-3","message":{"n":1},"MessageId":""}';
    expect(event(wire)).toMatchObject({
      payload: '{"n":1}',
      eventId: 'sqs-id',
      attributes: '{"MessageId":""}',
    });
    expect(
      event(
        '{"event_type":"a","client_id":"c","message":1,"ratio":1.50,"client_ip":"::1","deep":{"n":9007199254740993}}',
      ),
    ).toMatchObject({ attributes: '{"ratio":1.50,"client_ip":"::1","deep":{"n":9007199254740993}}' });
  });

  test.each([
    [{ ...PLAIN, client_id: 5 }, 'client_id: expected a text of 1 to 128 characters, got a number'],
    [{ ...PLAIN, client_id: '' }, 'client_id: expected a text of 1 to 128 characters, got an empty text'],
    [{ ...PLAIN, client_id: null }, 'client_id: expected a text of 1 to 128 characters, got null'],
    [{ ...PLAIN, client_id: [] }, 'client_id: expected a text of 1 to 128 characters, got an array'],
    [{ ...PLAIN, client_id: {} }, 'client_id: expected a text of 1 to 128 characters, got an object'],
    [
      { ...PLAIN, client_id: 'x'.repeat(129) },
      'client_id: expected a text of 1 to 128 characters, got a text of 129 characters',
    ],
    [{ ...PLAIN, tenantid: 'acme' }, 'tenantid: not a member of an event; tenant_id was probably meant'],
    [{ ...PLAIN, EventType: 'a' }, 'EventType: not a member of an event; event_type was probably meant'],
    [{ ...PLAIN, occuredAt: 'now' }, 'occuredAt: not a member of an event; occurred_at was probably meant'],
    [{ ...PLAIN, trace_state: '' }, 'trace_state: not a member of an event; tracestate was probably meant'],
    [
      { event_type: 'a', clientID: 'c', mesage: 1 },
      'client_id: expected a text of 1 to 128 characters, it is missing; message: expected any JSON value, it is missing; clientID: not a member of an event; client_id was probably meant; mesage: not a member of an event; message was probably meant',
    ],
    [{ event_type: 'a', client_id: 'c' }, 'message: expected any JSON value, it is missing'],
    [{}, 'event_type: expected a text of 1 to 255 characters, it is missing; client_id:'],
    [5, 'expected an event, which is a JSON object, got a number'],
    ['"text"', 'expected an event, which is a JSON object, got a text of 4 characters'],
    ['null', 'expected an event, which is a JSON object, got null'],
  ])('that is %j is refused with a sentence', (body, detail) => {
    expect(refusal(body)).toMatchObject({
      reason: 'invalid_envelope',
      detail: expect.stringContaining(detail),
    });
  });
});

describe('a CloudEvent', () => {
  test('is read, with the attributes that have no column', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const more = {
      tenantid: 'acme',
      time: '2026-01-31T12:00:00.123Z',
      subject: 's',
      priority: 5,
      traceparent,
      datacontenttype: 'application/json',
    };
    expect(event({ ...CLOUD, ...more })).toEqual({
      tenantId: 'acme',
      clientId: 'client-3',
      eventType: 'user-app',
      source: '/app',
      eventId: 'e1',
      payload: '{"n":1}',
      payloadEncoding: null,
      contentType: 'application/json',
      occurredAt: '2026-01-31T12:00:00.123Z',
      deliverAfter: null,
      traceparent,
      attributes: '{"subject":"s","priority":5}',
      sqsAttributes: null,
    });
  });

  test('may carry binary data, or none', () => {
    const { data: _, ...bare } = CLOUD;
    expect(event({ ...bare, data_base64: 'AAEC' })).toMatchObject({
      payload: '"AAEC"',
      payloadEncoding: 'base64',
    });
    expect(event(bare)).toMatchObject({ payload: 'null', payloadEncoding: null });
    expect(event({ ...bare, id: undefined, empty: null })).toMatchObject({
      eventId: 'sqs-id',
      attributes: null,
    });
  });

  test('keeps a trace context that cannot be used without losing the event', () => {
    expect(event({ ...CLOUD, traceparent: 'garbage' })).toMatchObject({
      traceparent: null,
      attributes: '{"traceparent":"garbage"}',
    });
  });

  test.each([
    [{ ...CLOUD, specversion: '0.3' }, 'specversion: expected "1.0"'],
    [{ ...CLOUD, source: undefined }, 'source: expected a text of 1 to 1024 characters, it is missing'],
    [{ ...CLOUD, data_base64: 'AAEC' }, 'data and data_base64: expected only one of them'],
    [{ ...CLOUD, data: undefined, data_base64: '?' }, 'data_base64: expected Base64 text'],
    [{ ...CLOUD, data: undefined, data_base64: 1 }, 'data_base64: expected Base64 text, got a number'],
    [{ ...CLOUD, tennantid: 'acme' }, 'tennantid: tenantid was probably meant'],
    [{ ...CLOUD, clientid: undefined, clientld: 'c' }, 'clientld: clientid was probably meant'],
    [{ ...CLOUD, TenantId: 'acme' }, 'TenantId: expected an attribute name of lower-case letters and digits'],
    [
      { ...CLOUD, id: undefined, clientid: undefined },
      'clientid: expected a text of 1 to 128 characters, it is missing',
    ],
    [{ ...CLOUD, nested: {} }, 'nested: expected a text, a number or a boolean, got an object'],
  ])('that is %j is refused with a sentence', (body, detail) => {
    expect(refusal(body)).toMatchObject({
      reason: 'invalid_envelope',
      detail: expect.stringContaining(detail),
    });
  });
});

describe('a body', () => {
  test.each([
    ['Hello World', "the body is not JSON: Unexpected token 'H'"],
    ['', 'the body is not JSON: it is empty'],
    ['{"a":', 'the body is not JSON: Unexpected end of JSON input'],
    [
      { Type: 'Notification', TopicArn: 'arn', Message: 'Hello' },
      'Message of the SNS notification is not JSON',
    ],
  ])('that is %j is malformed', (body, detail) => {
    expect(refusal(body)).toMatchObject({
      reason: 'malformed_json',
      detail: expect.stringContaining(detail),
    });
  });

  test('may begin with a byte order mark', () => {
    expect(event(`\uFEFF${JSON.stringify(PLAIN)}`)).toMatchObject({ eventId: 'e1' });
  });

  test('that is an array is decided event by event', () => {
    const body = JSON.stringify([PLAIN, { ...PLAIN, event_id: undefined }, 1, CLOUD, [PLAIN]]);
    const decoded = decodeBody(body, 'sqs-id');
    expect(decoded.map(({ kind, index }) => [kind, index])).toEqual([
      ['event', 0],
      ['event', 1],
      ['refused', 2],
      ['event', 3],
      ['refused', 4],
    ]);
    expect(decoded[1]).toMatchObject({ event: { eventId: 'sqs-id-1' } });
    for (const element of decoded) {
      expect(decodeElement(element.text(), `sqs-id-${element.index}`)).toMatchObject(
        element.kind === 'event' ? { event: element.event } : { refusal: element.refusal },
      );
    }
  });

  test('keeps its text, to be decided again', () => {
    expect(decodeOne('Hello World').text()).toBe('Hello World');
    expect(decodeElement('Hello World', 'x').text()).toBe('Hello World');
    expect(decodeElement('[1]', 'x')).toMatchObject({ refusal: { reason: 'invalid_envelope' } });
  });

  test('that is an array of too many is kept as one', () => {
    const body = (count: number) => `[${Array.from({ length: count }, () => '0').join(',')}]`;
    expect(refusal(body(10_001)).detail).toBe(
      'the array has 10001 events; at most 10000 are taken from one message',
    );
    expect(decodeOne(body(10_001)).text()).toBe(body(10_001));
    expect(decodeBody(body(10_000), 'x')).toHaveLength(10_000);
  });

  test('that is an empty array does not vanish', () => {
    expect(refusal('[]')).toMatchObject({
      reason: 'invalid_envelope',
      detail: 'the array of events is empty',
    });
    expect(decodeOne('[]').text()).toBe('[]');
  });

  test('is unwrapped from SNS and EventBridge, also from both, and from no more than that', () => {
    const sns = (message: unknown) => ({
      Type: 'Notification',
      TopicArn: 'arn',
      Message: JSON.stringify(message),
    });
    const bridge = (detail: unknown) => ({ 'detail-type': 't', source: 's', id: 'b', detail });
    expect(event(sns(PLAIN))).toMatchObject({ eventId: 'e1' });
    expect(event(bridge(CLOUD))).toMatchObject({ eventId: 'e1' });
    expect(event(sns(bridge(PLAIN)))).toMatchObject({ eventId: 'e1' });
    expect(decodeBody(JSON.stringify(sns([PLAIN, CLOUD])), 'x')).toHaveLength(2);
    const inBridge = decodeBody(JSON.stringify(bridge([PLAIN, 5])), 'x');
    expect(inBridge.map(({ text }) => text())).toEqual([JSON.stringify(PLAIN), '5']);
    expect(refusal(sns(sns(sns(sns(PLAIN)))))).toMatchObject({ reason: 'invalid_envelope' });
    expect(decodeElement('{', 'x')).toMatchObject({ kind: 'refused', refusal: { reason: 'malformed_json' } });
  });
});

describe('what PostgreSQL cannot store', () => {
  const nul = '\\u0000';
  test.each([
    [`{"event_type":"a","client_id":"c","message":"${nul}"}`, 'message holds the character U+0000'],
    [`{"event_type":"a","client_id":"c","message":{"${nul}":1}}`, 'message holds the character U+0000'],
    ['{"event_type":"a","client_id":"c","message":"\\ud800"}', 'message holds half of a surrogate pair'],
    [
      `{"event_type":"a","client_id":"c","event_id":"${nul}","message":1}`,
      'the event id holds the character U+0000',
    ],
    ['{"event_type":"a","client_id":"\\udfff","message":1}', 'the client holds half of a surrogate pair'],
    ['{"event_type":"a","client_id":"c","message":[1e131072]}', 'message holds a number of more than 131072'],
    [
      JSON.stringify({ ...PLAIN, message: 'x'.repeat(1_048_576) }),
      'message has 1048578 bytes; at most 1048576 are stored',
    ],
    [JSON.stringify({ ...PLAIN, message: 'é'.repeat(600_000) }), 'message has 1200002 bytes'],
    [`${'['.repeat(600)}"["${']'.repeat(600)}`, 'the event nests deeper than 512 levels'],
    [`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'the body nests deeper than 512 levels'],
  ])('is refused as unstorable: %#', (body, detail) => {
    expect(refusal(body)).toMatchObject({ reason: 'unstorable', detail: expect.stringContaining(detail) });
  });

  test.each([
    [{ ...CLOUD, subject: 'a\u0000' }, '{"subject":"a\uFFFD"}'],
    [{ ...PLAIN, more: ['\u0000'] }, String.raw`{"more":"[\"\\u0000\"]"}`],
    [{ ...PLAIN, '\ud800': 1, b: true }, '{"\uFFFD":1,"b":true}'],
    ['{"event_type":"a","client_id":"c","message":1,"n":1e200000,"m":1.0}', '{"n":"1e200000","m":1.0}'],
  ])('never costs an event where it stands in a member without a column: %#', (body, attributes) => {
    expect(event(body).attributes).toBe(attributes);
  });

  test('is not what only looks like it', () => {
    const message = {
      text: '\\u0000 \\\\ud800',
      brackets: '['.repeat(2_000),
      quote: '\\"'.repeat(200),
      emoji: '👩‍🚀',
    };
    expect(JSON.parse(event({ ...PLAIN, message }).payload)).toEqual(message);
    expect(JSON.parse(event({ ...PLAIN, message: 'é'.repeat(400_000) }).payload)).toHaveLength(400_000);
    expect(
      event(`{"event_type":"a","client_id":"c","message":${'['.repeat(400)}${']'.repeat(400)}}`),
    ).toBeDefined();
  });

  test('is made readable in the claims', () => {
    expect(refusal({ ...PLAIN, event_id: 'a\u0000b', client_id: 'x'.repeat(2_000) }).claims).toEqual({
      tenantId: 'default',
      clientId: `${'x'.repeat(1_023)}…`,
      eventType: 'user-app',
      source: 'app',
      eventId: 'a\uFFFDb',
    });
  });
});

describe('payloads', () => {
  test.each([
    '9007199254740993',
    '0.1000000000000000055511151231257827',
    '1.0',
    '1e400',
    '-0',
    '0.0000001',
    '-1.50',
    '1E5',
  ])('keep the number %s as it was written', (number) => {
    const body = (value: string) => `{"event_type":"a","client_id":"c","message":${value}}`;
    expect(event(body(number)).payload).toBe(number);
    expect(event(body(`{"a":[1, ${number}]}`)).payload).toBe(`{"a":[1,${number}]}`);
  });

  test('keep keys that JavaScript gives a meaning', () => {
    const payload = '{"__proto__":{"a":1},"constructor":"c","toString":1,"hasOwnProperty":{}}';
    expect(event(`{"event_type":"a","client_id":"c","message":${payload}}`).payload).toBe(payload);
    expect(
      event(`{"event_type":"a","client_id":"c","message":${payload.replace('"a":1', '"a":1.0')}}`).payload,
    ).toContain('1.0');
  });

  test('keep any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (message) => {
        const decoded = decodeOne({ ...PLAIN, message });
        if (decoded.kind === 'refused') return decoded.refusal.reason === 'unstorable';
        expect(JSON.parse(decoded.event.payload)).toEqual(JSON.parse(JSON.stringify(message)));
        return true;
      }),
    );
  });

  test('of any text never throw and never vanish', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      '\\u0000',
      'specversion',
      '1.0',
      '-',
      'e',
      ' ',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (body) => decodeBody(body, 'id').length > 0),
      { numRuns: 2_000 },
    );
  });

  test('of hostile numbers and spaces are read in time that grows with their length alone', () => {
    const began = performance.now();
    for (const body of [
      `[${' '.repeat(1e6)}`,
      `{"a":${'1'.repeat(1e6)}.${'0'.repeat(1e6)}x`,
      ':'.repeat(1e6),
      '"'.repeat(1e6),
      '\\"'.repeat(5e5),
    ]) {
      decodeBody(body, 'id');
    }
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
