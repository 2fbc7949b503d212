import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../json/exact.ts';
import { canonicalText } from './canonical.ts';

const textOf = (json: string) => canonicalText(parseJson(json).exact, { steps: Number.POSITIVE_INFINITY });

test.each([
  ['{"a":1,"b":[true,null]}', '{"b":[true,null],"a":1}'],
  ['[1,1.0,10e-1]', '[1.0,1,1]'],
  ['[9007199254740993.0]', '[9007199254740993]'],
  ['"\\u0061"', '"a"'],
])('is the same for %s and %s', (a, b) => {
  expect(textOf(a)).toBe(textOf(b));
});

test.each([
  ['[9007199254740993]', '[9007199254740992]'],
  ['1', '"1"'],
  ['"#1"', '1'],
  ['["a","b"]', '["a,b"]'],
  ['{"a":1}', '[["a",1]]'],
  ['null', '"null"'],
  ['false', '0'],
  ['{}', '[]'],
])('differs for %s and %s', (a, b) => {
  expect(textOf(a)).not.toBe(textOf(b));
});

test('is the same for values that are equal, and for no others', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (a, b) => {
      const budget = { steps: Number.POSITIVE_INFINITY };
      expect(canonicalText(a, budget) === canonicalText(b, budget)).toBe(sorted(a) === sorted(b));
    }),
  );
});

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

test('charges what it reads', () => {
  const budget = { steps: 1000 };
  canonicalText([{ a: 'x'.repeat(160) }], budget);
  expect(budget.steps).toBeLessThan(1000 - 20);
});
