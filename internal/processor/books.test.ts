import { expect, test } from 'vitest';
import { Books } from './books.ts';
import { RELEASED } from './outcome.ts';

const stored = { kind: 'stored', messageId: 'm' } as const;
const duplicate = { kind: 'duplicate', messageId: 'm' } as const;
const rejected = { kind: 'rejected', refusal: { reason: 'id_conflict', detail: '' } } as const;

test('every outcome is counted under its own name, and what has none is in flight', () => {
  const books = new Books();
  books.take(7);
  for (const outcome of [stored, stored, duplicate, rejected, RELEASED]) books.settle(outcome);
  expect(books.snapshot()).toMatchObject({
    received: 7,
    stored: 2,
    duplicates: 1,
    rejected: 1,
    rejectedByReason: { id_conflict: 1, malformed_json: 0 },
    released: 1,
    inFlight: 2,
  });
  expect(books.balanced).toBe(true);
});

test('what is given back at the end is released, and no longer in flight', () => {
  const books = new Books();
  books.take(3);
  books.settle(stored);
  books.release(2);
  expect(books.snapshot()).toMatchObject({ received: 3, stored: 1, released: 2, inFlight: 0 });
  expect(books.balanced).toBe(true);
});

test('books are out of balance when an outcome was booked twice and its event was in flight once', () => {
  const books = new Books();
  books.take(1);
  books.settle(stored);
  books.stored += 1;
  expect(books.balanced).toBe(false);
});

test('a snapshot stays as it is', () => {
  const books = new Books();
  books.take(1);
  const before = books.snapshot();
  books.settle(rejected);
  expect(before).toMatchObject({ rejected: 0, rejectedByReason: { id_conflict: 0 }, inFlight: 1 });
});
