import { expect, test } from 'vitest';
import { decodeMessage } from './decode-message.ts';

const LIMIT = 67_108_864;

function decoded(events: number, attributes: Readonly<Record<string, string>>) {
  const event = { event_type: 'a', client_id: 'c', message: 1 };
  const body = JSON.stringify(Array.from({ length: events }, () => event));
  const message = { sqsMessageId: 'sqs-id', body, attributes, systemAttributes: {} };
  return { body, ...decodeMessage(message, { queue: 'q', mappings: [], maxExpandedBytes: 1_048_576 }) };
}

test('an array is refused whole, with its body, when its attributes with each of its events come to too much', () => {
  const { events, body } = decoded(100, { x: '"'.repeat(LIMIT / 200) });
  expect(events).toMatchObject([
    {
      index: null,
      refusal: {
        reason: 'unstorable',
        detail:
          "the array has 100 events, each of which keeps the message's SQS attributes: 671096 characters, 67109600 in all; at most 67108864 are kept of one message: send fewer events in a message, or shorter attributes",
      },
    },
  ]);
  expect(events[0]?.text()).toBe(body);
});

test('an attribute that no event keeps counts, too: a rejection keeps it', () => {
  expect(decoded(100, { MessageGroupId: 'x'.repeat(LIMIT / 100) }).events).toMatchObject([
    { refusal: { reason: 'unstorable' } },
  ]);
});

test('events keep long attributes as long as they are few, and one event keeps whatever SQS carries', () => {
  expect(decoded(100, { x: 'x'.repeat(LIMIT / 100 - 10) }).events.map(({ kind }) => kind)).toEqual(
    Array.from({ length: 100 }, () => 'event'),
  );
  expect(decoded(1, { x: 'x'.repeat(1_048_576) }).events).toMatchObject([{ kind: 'event' }]);
});
