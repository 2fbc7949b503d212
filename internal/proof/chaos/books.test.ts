import { expect, test } from 'vitest';
import { type Books, checkBooks } from './books.ts';
import type { MessageRow, RejectionRow } from './checker.ts';

const MIB = 1024 * 1024;

function books(changes: Partial<Books> = {}): Books {
  return {
    received: 5,
    stored: 3,
    duplicates: 1,
    rejected: 1,
    rejectedByReason: {} as Books['rejectedByReason'],
    released: 0,
    inFlight: 0,
    balanced: true,
    ...changes,
  };
}

const ROWS = {
  messages: Array.from({ length: 3 }, () => ({}) as MessageRow),
  rejections: [{ state: 'open' } as RejectionRow],
};

function problems(
  ended: readonly Books[],
  changes: { uncertain?: boolean; maxRssBytes?: number; maxInFlight?: number } = {},
  rows = ROWS,
): string[] {
  const processors = { ended, uncertain: false, maxRssBytes: 100 * MIB, maxInFlight: 10, ...changes };
  return checkBooks({ processors, plans: [{ batch: 1 }] }, rows).map(({ promise }) => promise);
}

test('finds nothing when the books match the rows', () => {
  expect(problems([books()])).toEqual([]);
  expect(problems([books({ stored: 1, received: 3 }), books({ stored: 2, received: 4 })])).toEqual([]);
});

test.each([
  { stored: 4, received: 6 },
  { stored: 2, received: 4 },
  { inFlight: 1 },
  { balanced: false },
  { received: 6 },
  { rejected: 0, received: 4 },
])('finds books that are wrong: %j', (change) => {
  expect(problems([books(change)])).toEqual(['the books are right']);
});

test('a killed processor leaves no books, and those of the others must not exceed the rows', () => {
  expect(problems([books({ stored: 2, received: 4 })], { uncertain: true })).toEqual([]);
  expect(problems([books({ stored: 4, received: 6 })], { uncertain: true })).toEqual(['the books are right']);
});

test('a replayed event is in message, though it was not stored at its receive', () => {
  const rows = { ...ROWS, rejections: [{ state: 'replayed' } as RejectionRow] };
  expect(problems([books({ stored: 2, received: 4 })], {}, rows)).toEqual([]);
});

test('finds too much memory and too many events in flight', () => {
  expect(problems([books()], { maxRssBytes: 1_000 * MIB })).toEqual(['resources are bounded']);
  expect(problems([books()], { maxInFlight: 1_001 })).toEqual(['resources are bounded']);
});
