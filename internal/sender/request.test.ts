import { hash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { Endpoint, Format, Message } from './ports.ts';
import { buildRequest } from './request.ts';

const KEY = Buffer.alloc(32, 9);
const NOW = Date.now();

const MESSAGE: Message = {
  id: '019ad0b8-6e4b-7c00-8000-000000000001',
  tenantId: 'acme',
  clientId: 'shop',
  eventType: 'order.created',
  source: '/orders',
  eventId: 'order-1',
  payload: '{"a": 1}',
  payloadEncoding: null,
  contentType: null,
  occurredAt: null,
  traceparent: null,
  attributes: null,
  deliverAfterMs: undefined,
};

function endpoint(format: Format, headers: Record<string, string> = {}): Endpoint {
  return {
    number: 1,
    tenantId: 'acme',
    clientId: 'shop',
    id: 'main',
    url: 'https://example.test/hook',
    eventTypes: null,
    format,
    headers,
    secrets: [{ kind: 'hmac', key: KEY, expiresAtMs: undefined }],
    ratePerSecond: null,
    concurrency: 16,
    ordered: false,
    timeoutSeconds: 15,
    retrySeconds: [5],
    problem: undefined,
    state: 'active',
    revision: 1,
  };
}

function built(format: Format, message: Partial<Message>, headers?: Record<string, string>) {
  const request = buildRequest({ ...MESSAGE, ...message }, endpoint(format, headers), NOW);
  return { ...request, text: request.body.toString() };
}

const PAYLOADS = ['{"a": 1e400, "b": 9223372036854775808, "c": 1.10}', '"\u{1F600} \u2028\u2029 é"', 'null'];

describe.each(['structured', 'binary', 'payload'] as const)('a request in format %s', (format) => {
  test.each(PAYLOADS)('is verified by the library of Standard Webhooks: %s', (payload) => {
    const { body, headers } = built(format, { payload });
    new Webhook(KEY, { format: 'raw' }).verify(body, headers, { jsonParse: false });
    expect(headers['webhook-id']).toBe(MESSAGE.id);
  });

  test.each(PAYLOADS)('has the same bytes at every attempt, signed anew: %s', (payload) => {
    const message = { ...MESSAGE, payload, attributes: '{"b": 1.0, "a_b": [1, 2]}' };
    const first = buildRequest(message, endpoint(format), NOW);
    const second = buildRequest({ ...message }, endpoint(format), NOW + 90_000_000);
    expect(second.body.equals(first.body)).toBe(true);
    expect(second.digest).toBe(first.digest);
    expect(first.digest).toBe(hash('sha256', first.body, 'hex').slice(0, 32));
    const { 'webhook-timestamp': firstTime, 'webhook-signature': firstSignature, ...same } = first.headers;
    expect(second.headers).toMatchObject(same);
    expect(Number(second.headers['webhook-timestamp'])).toBe(Number(firstTime) + 90_000);
    expect(second.headers['webhook-signature']).not.toBe(firstSignature);
  });

  test('has the headers of its endpoint, but never in the place of ours', () => {
    const own = { 'X-Key': 'k', 'User-Agent': 'x', 'Webhook-Id': 'x', 'content-type': 'x', 'ce-id': 'x' };
    const { headers, url, timeoutMs } = built(format, {}, own);
    expect(headers).toMatchObject({
      'x-key': 'k',
      'user-agent': 'event-processor',
      'webhook-id': MESSAGE.id,
    });
    expect(headers['content-type']).not.toBe('x');
    expect({ url, timeoutMs }).toEqual({ url: 'https://example.test/hook', timeoutMs: 15_000 });
  });
});

describe('structured', () => {
  test('is a CloudEvent in JSON with the payload as it is stored', () => {
    const { text, headers } = built('structured', {
      payload: '{"a": 1e400, "b": 9223372036854775808, "t": "\u{1F600}\u2028"}',
      occurredAt: '2026-01-02T03:04:05.000006Z',
      traceparent: '00-1-2-01',
      contentType: 'application/json',
      attributes: '{"subject": "s", "Order_No": 2147483648}',
    });
    expect(text).toBe(
      '{"specversion":"1.0","id":"order-1","source":"/orders","type":"order.created",' +
        '"time":"2026-01-02T03:04:05.000006Z","tenantid":"acme","clientid":"shop","traceparent":"00-1-2-01",' +
        '"datacontenttype":"application/json","subject":"s","orderno":"2147483648",' +
        '"data":{"a": 1e400, "b": 9223372036854775808, "t": "\u{1F600}\u2028"}}',
    );
    expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
  });

  test('leaves out what the message does not have', () => {
    expect(JSON.parse(built('structured', {}).text)).toEqual({
      specversion: '1.0',
      id: 'order-1',
      source: '/orders',
      type: 'order.created',
      tenantid: 'acme',
      clientid: 'shop',
      data: { a: 1 },
    });
  });

  test('carries bytes as data_base64, and texts with quotes in them', () => {
    const { text } = built('structured', { payload: '"AAEC"', payloadEncoding: 'base64', eventId: 'a"\\\n' });
    expect(JSON.parse(text)).toMatchObject({ id: 'a"\\\n', data_base64: 'AAEC' });
    expect(text).not.toContain('"data":');
  });
});

describe('binary', () => {
  test('has the attributes as percent-encoded headers and the data as body', () => {
    const { headers, text } = built('binary', {
      eventId: '100% "sure"',
      source: 'Füße/\u{1F600}',
      occurredAt: '2026-01-02T03:04:05Z',
      attributes: '{"subject": "a\\nb", "n": 5, "ok": true, "time": "?"}',
    });
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-id': '100%25%20%22sure%22',
      'ce-source': 'F%C3%BC%C3%9Fe/%F0%9F%98%80',
      'ce-type': 'order.created',
      'ce-time': '2026-01-02T03:04:05Z',
      'ce-tenantid': 'acme',
      'ce-clientid': 'shop',
      'ce-subject': 'a%0Ab',
      'ce-n': '5',
      'ce-ok': 'true',
      'content-type': 'application/json',
    });
    expect(headers).not.toHaveProperty('ce-datacontenttype');
    expect(text).toBe('{"a": 1}');
  });

  test('leaves out extensions that servers would refuse for their size', () => {
    const { headers } = built('binary', {
      attributes: JSON.stringify({ small: 'x', large: 'é'.repeat(1_000), after: 'x' }),
    });
    expect(headers['ce-small']).toBe('x');
    expect(headers).not.toHaveProperty('ce-large');
    expect(Object.entries(headers).join('').length).toBeLessThan(6_000);
  });
});

test.each([
  ['JSON', '{"a": 1}', null, null, 'application/json', '{"a": 1}'],
  ['a JSON text', '"hi"', null, 'application/vnd.x+json; v=1', 'application/vnd.x+json; v=1', '"hi"'],
  ['a text of another type', '"a\\u0001\\"b"', null, 'text/plain', 'text/plain', 'a\u0001"b'],
  ['an object of another type', '{"a": 1}', null, 'text/plain', 'text/plain', '{"a": 1}'],
  ['bytes with their type', '"AEL/"', 'base64', 'image/png', 'image/png', Buffer.from([0, 0x42, 0xff])],
  [
    'bytes without a type',
    '"AEL/"',
    'base64',
    null,
    'application/octet-stream',
    Buffer.from([0, 0x42, 0xff]),
  ],
  ['a type that is no header value', '"hi"', null, 'a/b\r\nx: y', 'application/json', '"hi"'],
  ['a type that begins with a space', '"hi"', null, ' text/plain', 'application/json', '"hi"'],
  ['a type in other letters', '"hi"', null, 'text/plain; name=é', 'application/json', '"hi"'],
] as const)('the data alone: %s', (_, payload, payloadEncoding, contentType, type, body) => {
  for (const format of ['payload', 'binary'] as const) {
    const request = built(format, { payload, payloadEncoding, contentType });
    expect(request.headers['content-type']).toBe(type);
    expect(request.body).toEqual(Buffer.from(body as string));
  }
});
