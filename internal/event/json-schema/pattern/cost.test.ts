import type { AST } from '@eslint-community/regexpp';
import { expect, test } from 'vitest';
import { isAnchored, searchSteps } from './cost.ts';
import { type ParsedPattern, parsePattern } from './parse.ts';

const astOf = (source: string) => (parsePattern(source) as ParsedPattern).ast as AST.Pattern;

/** How fast the steps grow when the text is twice as long: 1 with the length, 2 with its square. */
function degree(source: string): number {
  return Math.round(Math.log2(searchSteps(astOf(source), 4096) / searchSteps(astOf(source), 2048)));
}

test.each([
  ['^[a-z]+$', 1],
  ['^abc$', 1],
  ['\\d+$', 2],
  ['^a*b*c*$', 3],
  ['a*b*', 3],
  ['^(?=.*\\d)(?=.*[a-z]).*$', 1],
  ['^(?:a*(?=b*)){1}$', 2],
  ['^(?:ab|cd)$', 1],
  ['^(a)\\1$', 1],
  ['^(?:(?!x)a)*$', 1],
])('%s grows with the length to the power of %d', (source, expected) => {
  expect(degree(source)).toBe(expected);
});

test.each([['^(a+)+$'], ['^(a|a)*$'], ['^(a?){50}$'], ['^(?:\\w+\\s?)*$'], ['^(?:[a-z]+(?:-[a-z]+)*){2,}$']])(
  '%s may take exponential time',
  (source) => {
    expect(searchSteps(astOf(source), 100)).toBeGreaterThan(1e12);
  },
);

test.each([
  ['^a', true],
  ['(?:^a|^b)', true],
  ['(^a)', true],
  ['^a|b', false],
  ['(?:^)?a', false],
  ['\\ba', false],
  ['', false],
])('%s is anchored: %s', (source, expected) => {
  expect(isAnchored(astOf(source))).toBe(expected);
});

test('no repetition of what is not there costs nothing', () => {
  expect(searchSteps(astOf('^(?:a|b){0}$'), 10)).toBeLessThan(100);
});
