import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { got, integerText, isText, isWithin, lengthOf, text } from './names.ts';
import { MAX_LENGTHS } from './limits.ts';
import { parseJson } from './json/exact.ts';

test.each([
  ['5', '5'],
  ['9007199254740993', '9007199254740993'],
  ['1.50e2', '150'],
  ['1.5', null],
  ['1e400', null],
  ['"5"', null],
  ['null', null],
])('the digits of %s are %s', (json, digits) => {
  expect(integerText(parseJson(json).exact)).toBe(digits);
});

test('what was got is told by kind and length alone', () => {
  expect([undefined, null, [1], '', 'secret', {}, 5, true].map(got)).toEqual([
    'it is missing',
    'got null',
    'got an array',
    'got an empty text',
    'got a text of 6 characters',
    'got an object',
    'got a number',
    'got a boolean',
  ]);
});

test('tenants, clients and event types may be as long as their columns allow', () => {
  const schema = readFileSync(new URL('../../migrations/0001_core.sql', import.meta.url), 'utf8');
  const allowed = [...schema.matchAll(/length\((?:id|name)\) <= (\d+)/g)].map(([, length]) => Number(length));
  expect(allowed).toEqual([MAX_LENGTHS.name, MAX_LENGTHS.name, MAX_LENGTHS.eventType]);
});

test('characters are code points: 100 emoji were too long for a column of 128', () => {
  expect(['', 'abc', '😀'.repeat(100), 'e\u0301', '\ud83d', '\ude00\ud83d'].map(lengthOf)).toEqual([
    0, 3, 100, 2, 1, 2,
  ]);
  expect(got('🚀🚀')).toBe('got a text of 2 characters');
});

test('of any text, the quick check, the schema and a count of its code points say the same', () => {
  const unit = fc.constantFrom('a', 'é', '€', '😀', '👩‍🚀', '\ud83d', '\ude00', '\u0000');
  const texts = fc.array(unit, { maxLength: 24 }).map((units) => units.join(''));
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 20 }), (value, maxLength) => {
      const count = Array.from(value).length;
      expect(lengthOf(value)).toBe(count);
      expect(isWithin(value, maxLength)).toBe(count <= maxLength);
      expect(isText(value, maxLength)).toBe(count > 0 && count <= maxLength);
      expect(text(maxLength).safeParse(value).success).toBe(isText(value, maxLength));
    }),
    { numRuns: 2_000 },
  );
});
