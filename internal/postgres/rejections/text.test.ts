import { expect, test } from 'vitest';
import { claimedName, describingText, nameText, storable } from './text.ts';

test('characters that no text column takes are replaced: NUL, and half a surrogate pair', () => {
  expect(storable('a\u0000b\uD800c', 100)).toBe('a\uFFFDb\uFFFDc');
  expect(storable('täglich 😀', 100)).toBe('täglich 😀');
});

test('a cut in the middle of a surrogate pair leaves no half', () => {
  expect(storable('ab😀', 3)).toBe('ab\uFFFD');
});

test('a claimed name is cut to what an index takes, and is null without one', () => {
  expect(claimedName('x'.repeat(300))).toBe('x'.repeat(256));
  expect(nameText('x'.repeat(300))).toBe('x'.repeat(256));
  expect([claimedName(undefined), claimedName('')]).toEqual([null, '']);
});

test('descriptive text of a rejection is cut to 2,000 characters', () => {
  expect(describingText('x'.repeat(2_001))).toBe('x'.repeat(2_000));
});
