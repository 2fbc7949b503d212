import { describe, expect, test } from 'vitest';
import { decodeBody } from './envelope.ts';
import { eventKey } from '../identity.ts';
import { wrapperIn } from './wrapper.ts';

const EVENT = { event_type: 'user-app', client_id: 'client-3', message: 1 };
const sns = (held: unknown, more: object = { MessageId: 'sns-id' }) => ({
  Type: 'Notification',
  TopicArn: 'arn',
  Message: JSON.stringify(held),
  ...more,
});
const bridge = (detail: unknown, more: object = { id: 'bridge-id' }) => ({
  'detail-type': 't',
  source: 's',
  detail,
  ...more,
});

function idsOf(body: unknown): (string | undefined)[] {
  return decodeBody(JSON.stringify(body), 'sqs-id').map((decoded) =>
    decoded.kind === 'event' ? decoded.event.eventId : decoded.claims.eventId,
  );
}

describe('an event without an id of its own, which came again as another', () => {
  test.each([
    ['bare', EVENT, 'sqs-id'],
    ['in SNS', sns(EVENT), 'sns-id'],
    ['in EventBridge', bridge(EVENT), 'bridge-id'],
    ['in EventBridge in SNS', sns(bridge(EVENT)), 'bridge-id'],
    ['in SNS in EventBridge', bridge(sns(EVENT)), 'sns-id'],
    ['in an EventBridge without one in SNS', sns(bridge(EVENT, {})), 'sns-id'],
    ['in SNS with one that is none', sns(EVENT, { MessageId: 5 }), 'sqs-id'],
    ['in SNS with one that is empty', sns(EVENT, { MessageId: '' }), 'sqs-id'],
    ['in SNS with one that cannot be stored', sns(EVENT, { MessageId: '\u0000' }), 'sqs-id'],
    ['in SNS with one as long as nobody has', sns(EVENT, { MessageId: 'x'.repeat(257) }), 'sqs-id'],
    [
      'that EventBridge replays from an archive',
      bridge(EVENT, { id: 'bridge-id', 'replay-name': 'r' }),
      'bridge-id',
    ],
  ])('has that of what it came in: %s', (_, body, id) => {
    expect(idsOf(body)).toEqual([id]);
  });

  test('has it with its position, in an array', () => {
    expect(idsOf(sns([EVENT, { ...EVENT, event_id: 'own' }, 5, EVENT]))).toEqual([
      'sns-id-0',
      'own',
      'sns-id-2',
      'sns-id-3',
    ]);
    const deep = `[${JSON.stringify(EVENT)},${'['.repeat(600)}${']'.repeat(600)}]`;
    expect(decodeBody(JSON.stringify({ ...sns(0), Message: deep }), 'sqs-id')).toMatchObject([
      { event: { eventId: 'sns-id-0' } },
      { claims: { eventId: 'sns-id-1' } },
    ]);
  });

  test('is the same event on every queue of the topic', () => {
    const [first, second] = ['queue-1', 'queue-2'].flatMap((id) =>
      decodeBody(JSON.stringify(sns(EVENT)), id),
    );
    if (first?.kind !== 'event' || second?.kind !== 'event') throw new Error('not an event');
    expect(eventKey(first.event)).toBe(eventKey(second.event));
  });
});

test.each([
  null,
  5,
  'text',
  [],
  {},
  { Type: 'Notification' },
  { 'detail-type': 't' },
  { specversion: '1.0', ...bridge(1) },
])('%j is no wrapper', (value) => {
  expect(wrapperIn(value)).toBeUndefined();
});
