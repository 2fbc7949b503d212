import { expect, test } from 'vitest';
import { Due, MOST_HELD } from './due.ts';
import type { Retry } from './ports.ts';

const retry = (messageId: string, dueAtMs: number, unit = 0): Retry => ({
  endpoint: 1,
  unit,
  messageId,
  dueAtMs,
  attempts: 1,
  firstFailedAtMs: 0,
  lastStatus: 500,
  lastError: 'failed',
});

function read(due: Due, rows: readonly Retry[], meanwhile = () => {}): void {
  const reading = due.beginReading();
  meanwhile();
  due.endReading(reading, rows);
}

test('gives out what is due, the earliest first', () => {
  const due = new Due();
  read(due, [retry('b', 20), retry('a', 10), retry('c', 30)]);
  expect([due.take(20), due.take(20), due.take(20)].map((each) => each?.messageId)).toEqual([
    'a',
    'b',
    undefined,
  ]);
});

test('one that is in flight does not come a second time from the store', () => {
  const due = new Due();
  read(due, [retry('a', 10)]);
  due.take(10);
  read(due, [retry('a', 10)]);
  expect(due.size).toBe(0);
});

test('one that was settled while the store was read does not come again', () => {
  const due = new Due();
  read(due, [retry('a', 10)]);
  const a = due.take(10) as Retry;
  read(due, [a], () => due.settle(a));
  expect(due.size).toBe(0);
});

test('one that was written down while the store was read is kept, although the store did not show it', () => {
  const due = new Due();
  due.becomes(retry('a', 10));
  read(due, [], () => due.again(retry('a', 10)));
  expect(due.first?.messageId).toBe('a');
});

test('a replay of a message is a unit of its own', () => {
  const due = new Due();
  read(due, [retry('a', 10), retry('a', 10, 7)]);
  due.settle(due.take(10) as Retry);
  expect(due.take(10)).toMatchObject({ messageId: 'a', unit: 7 });
});

test('holds no more than its bound, and knows that the store has more', () => {
  const due = new Due();
  read(
    due,
    Array.from({ length: MOST_HELD - 1 }, (_, i) => retry(`m${i}`, i)),
  );
  expect(due.hasMore).toBe(false);
  due.again(retry('x', 5));
  due.again(retry('y', 5));
  expect(due.size).toBe(MOST_HELD);
  expect(due.hasMore).toBe(true);
});
