import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { plainEvent } from '../../proof/kit/events.ts';
import { decodeAgain, decodeMessage } from './decode-message.ts';

const LIMITS = { maxExpandedBytes: 100_000, queue: 'events', mappings: [] };

function compressed(value: unknown) {
  const body = gzipSync(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
  return { sqsMessageId: 'sqs-1', body, attributes: { 'content-encoding': 'gzip' }, systemAttributes: {} };
}

test('a compressed event is read as if it had come uncompressed, and keeps the body as it was sent', () => {
  const message = compressed(plainEvent('a'));
  const { events, bytes } = decodeMessage(message, LIMITS);
  expect(events).toMatchObject([{ index: null, kind: 'event', event: { eventId: 'a' } }]);
  expect(events[0]?.text()).toBe(message.body);
  expect(bytes).toBe(JSON.stringify(plainEvent('a')).length);
});

test('the events of a compressed array keep their own texts', () => {
  const { events } = decodeMessage(compressed([plainEvent('a'), 42]), LIMITS);
  expect(events.map(({ index, kind, text }) => [index, kind, text()])).toEqual([
    [0, 'event', JSON.stringify(plainEvent('a'))],
    [1, 'refused', '42'],
  ]);
});

test('what is wrong with the expanded text is told, and the body kept as it was sent', () => {
  for (const [value, reason] of [
    ['Hello World', 'malformed_json'],
    ['', 'malformed_json'],
    [[], 'invalid_envelope'],
    [{ nonsense: true }, 'invalid_envelope'],
    ['[1,'.repeat(600), 'malformed_json'],
  ] as const) {
    const message = compressed(value);
    const { events } = decodeMessage(message, LIMITS);
    expect(events).toMatchObject([{ index: null, kind: 'refused', refusal: { reason } }]);
    expect(events[0]?.text()).toBe(message.body);
  }
});

test('what cannot be expanded is one refusal of the whole body', () => {
  const message = { ...compressed('x'), body: 'Hello World' };
  const { events, bytes } = decodeMessage(message, LIMITS);
  expect(events).toMatchObject([
    { index: null, kind: 'refused', refusal: { reason: 'invalid_encoding' }, claims: {} },
  ]);
  expect(events[0]?.text()).toBe('Hello World');
  expect(bytes).toBe(11);
});

test('an event of an array is decoded again as it was in its message', () => {
  const wrapped = {
    Type: 'Notification',
    TopicArn: 'arn',
    MessageId: 'sns-id',
    Message:
      '[{"event_type":"a","client_id":"c","message":1.0},{"event_type":"a","client_id":"c","message":2}]',
  };
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const about = { attributes: { traceparent, colour: 'red' }, systemAttributes: { MessageGroupId: 'g' } };
  const { events } = decodeMessage({ sqsMessageId: 'm', body: JSON.stringify(wrapped), ...about }, LIMITS);
  for (const [index, event] of events.entries()) {
    const {
      index: _,
      text: __,
      ...again
    } = decodeAgain({ ...about, body: event.text(), eventId: `sns-id-${index}` }, LIMITS);
    const { index: ___, text: ____, ...first } = event;
    expect(again).toEqual(first);
    expect(first).toMatchObject({
      event: {
        eventId: `sns-id-${index}`,
        traceparent,
        sqsAttributes: '{"colour":"red","MessageGroupId":"g"}',
      },
    });
  }
});
