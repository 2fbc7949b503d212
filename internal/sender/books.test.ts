import { expect, test } from 'vitest';
import { Books, OUTCOMES } from './books.ts';

test('every outcome is counted under its own name, and what has none is in flight', () => {
  const books = new Books();
  books.take(22);
  for (const [i, outcome] of OUTCOMES.entries()) books.settle(outcome, i + 1);
  books.take();
  books.settle('delivered');
  expect(books.snapshot()).toEqual({
    taken: 23,
    inFlight: 1,
    delivered: 2,
    retrying: 2,
    dead: 3,
    skipped: 4,
    lost: 5,
    released: 6,
  });
});

test('books balance while every delivery that was taken has one outcome or none yet', () => {
  const books = new Books();
  books.take(3);
  books.settle('delivered');
  books.settle('retrying');
  expect([books.balanced, books.inFlight]).toEqual([true, 1]);
});

test.each([
  [
    'an outcome was booked twice and its delivery was in flight once',
    (books: Books) => (books.delivered += 1),
  ],
  ['a delivery has two outcomes', (books: Books) => books.settle('dead')],
])('books are out of balance when %s', (_, mistake) => {
  const books = new Books();
  books.take();
  books.settle('delivered');
  mistake(books);
  expect(books.balanced).toBe(false);
});

test('a snapshot stays as it is', () => {
  const books = new Books();
  books.take();
  const before = books.snapshot();
  books.settle('lost');
  expect(before).toMatchObject({ lost: 0, inFlight: 1 });
});
