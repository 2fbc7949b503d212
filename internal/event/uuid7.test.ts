import { expect, test } from 'vitest';
import { mintUuid7, uuid7LowerBound, uuid7Milliseconds } from './uuid7.ts';

test('UUIDv7 end in random bits of their own', () => {
  const ends = Array.from({ length: 2_000 }, () => mintUuid7().slice(19));
  expect(new Set(ends).size).toBe(2_000);
});

test('the lower bound of a moment is not above anything minted then, and above everything minted before', () => {
  const now = Date.now() + 10_000_000; // ahead of what other tests minted
  const before = mintUuid7(now - 1);
  const bound = uuid7LowerBound(now);
  const then = mintUuid7(now);
  expect([then, bound, before].toSorted()).toEqual([before, bound, then]);
  expect(uuid7Milliseconds(bound)).toBe(now);
});
