import { expect, test } from 'vitest';
import { claimedName, describingText, nameText, storable } from './text.ts';

test('what no text column takes is replaced: NUL, and half of a surrogate pair', () => {
  expect(storable('a\u0000b\uD800c', 100)).toBe('a\uFFFDb\uFFFDc');
  expect(storable('täglich 😀', 100)).toBe('täglich 😀');
});

test('a cut in the middle of a surrogate pair leaves no half of it', () => {
  expect(storable('ab😀', 3)).toBe('ab\uFFFD');
});

test('a claimed name is cut to what an index takes, and is null without one', () => {
  expect(claimedName('x'.repeat(300))).toBe('x'.repeat(256));
  expect(nameText('x'.repeat(300))).toBe('x'.repeat(256));
  expect([claimedName(undefined), claimedName('')]).toEqual([null, '']);
});

test('what describes a rejection is cut to 2,000 characters', () => {
  expect(describingText('x'.repeat(2_001))).toBe('x'.repeat(2_000));
});
