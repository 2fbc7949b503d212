import { expect, test } from 'vitest';
import { addBooks, addBooksOfTheDead, balances, NO_BOOKS } from './total-books.ts';

const books = {
  received: 10,
  stored: 4,
  duplicates: 1,
  rejected: 2,
  rejectedByReason: { malformed_json: 2, id_conflict: 0 },
  released: 1,
  inFlight: 2,
};

test('books add up, reason by reason', () => {
  const total = addBooks(addBooks(NO_BOOKS, books), { ...books, rejectedByReason: { id_conflict: 2 } });
  expect(total).toMatchObject({
    received: 20,
    stored: 8,
    duplicates: 2,
    rejected: 4,
    released: 2,
    inFlight: 4,
  });
  expect(total.rejectedByReason).toEqual({ malformed_json: 2, id_conflict: 2 });
});

test('what a dead worker held is abandoned, not in flight', () => {
  const total = addBooksOfTheDead(addBooks(NO_BOOKS, books), books);
  expect(total).toMatchObject({ received: 20, inFlight: 2, abandoned: 2 });
});

test('books balance when every event received is somewhere', () => {
  expect(balances(books)).toBe(true);
  expect(balances({ ...books, stored: 3 })).toBe(false);
});
