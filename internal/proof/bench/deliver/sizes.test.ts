import { expect, test } from 'vitest';
import { sizesOf } from './sizes.ts';

test('a number of messages replaces all others, and there are no more endpoints than messages', () => {
  expect(sizesOf({ full: false, messages: 500 })).toMatchObject({
    backlog: 500,
    manyBacklog: 500,
    waiting: 500,
    failing: 500,
    endpoints: 500,
  });
  expect(sizesOf({ full: true, messages: 50_000 })).toMatchObject({ backlog: 50_000, endpoints: 10_000 });
});

test('a full run has a million messages where the goals name a million', () => {
  const { manyBacklog, waiting, failing } = sizesOf({ full: true });
  expect({ manyBacklog, waiting, failing }).toEqual({
    manyBacklog: 1_000_000,
    waiting: 1_000_000,
    failing: 1_000_000,
  });
});
