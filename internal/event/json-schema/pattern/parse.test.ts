import { expect, test } from 'vitest';
import { parsePattern } from './parse.ts';

test.each([
  ['^\\p{L}+$', 'u'],
  ['^[\\w\\-\\.]+$', 'u'],
  ['^a\\-b$', ''],
  ['a{', ''],
  ['\\p{L}\\-', undefined],
  ['\\p{NoSuch}', undefined],
  ['(', undefined],
  ['*', undefined],
])('%s is read with the flags %j', (source, flags) => {
  expect(parsePattern(source)?.flags).toBe(flags);
});

test('what nests very deep is matched but not looked at', () => {
  const depth = 300;
  expect(parsePattern(`${'(?:'.repeat(depth)}\\(${')'.repeat(depth)}`)?.ast).toBeNull();
});
