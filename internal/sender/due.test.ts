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

const waiting = (messageId: string, dueAtMs: number): Retry => ({
  ...retry(messageId, dueAtMs),
  lastError: undefined,
});

test('an endpoint that is down is probed with what has failed, never with what is delayed', () => {
  const due = new Due();
  read(due, [waiting('delayed', 10), retry('failed', 20)]);
  expect(due.takeProbe(5)?.messageId).toBe('failed');
  expect([due.hasProbe(5), due.takeProbe(5)]).toEqual([false, undefined]);
  expect(due.takeProbe(10)?.messageId).toBe('delayed');
});

test('when an endpoint is back, what has failed is due, and what is delayed is not', () => {
  const due = new Due();
  read(due, [waiting('delayed', 10), retry('failed', 20)]);
  due.bringForward(5);
  expect([due.take(5), due.take(5)].map((each) => each?.messageId)).toEqual(['failed', undefined]);
});

test('what is due after those that the store has not given out yet is left to the store', () => {
  const due = new Due();
  read(due, [waiting('first', 1), ...Array.from({ length: MOST_HELD - 1 }, (_, i) => retry(`m${i}`, 10))]);
  due.again(retry('late', 1_000));
  while (due.take(2_000) !== undefined);
  expect([due.size, due.hasMore]).toEqual([0, true]);
});

test('of two readings, the one that began first does not undo the other', () => {
  const due = new Due();
  const older = due.beginReading();
  const newer = due.beginReading();
  due.endReading(newer, [retry('asked for meanwhile', 10)]);
  due.endReading(older, []);
  expect(due.first?.messageId).toBe('asked for meanwhile');
});

test('a failed delivery of the lane that is due after those held is known all the same, and can be probed with', () => {
  const due = new Due();
  read(due, [...Array.from({ length: MOST_HELD }, (_, i) => waiting(`m${i}`, 10 + i)), retry('head', 5_000)]);
  expect([due.size, due.hasHead]).toEqual([MOST_HELD, true]);
  expect(due.takeProbe(5)?.messageId).toBe('head');
  expect(due.hasHead).toBe(false);
  due.again(retry('head', 9_000)); // it failed again
  expect(due.hasHead).toBe(true);
});
