import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementTexts, isTooDeep, MAX_DEPTH, memberText } from './scan.ts';

describe('the depth of a text', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  test('may be the limit and no more', () => {
    expect(isTooDeep(nested(MAX_DEPTH))).toBe(false);
    expect(isTooDeep(nested(MAX_DEPTH + 1))).toBe(true);
    expect(isTooDeep(`${'{"a":'.repeat(MAX_DEPTH + 1)}1${'}'.repeat(MAX_DEPTH + 1)}`)).toBe(true);
  });

  test('counts what is open at once, and no brackets inside of texts', () => {
    expect(isTooDeep(`[${Array.from({ length: 1_000 }, () => '[{}]').join(',')}]`)).toBe(false);
    expect(isTooDeep(JSON.stringify({ a: `\\"${'[{'.repeat(1_000)}\\` }))).toBe(false);
    expect(isTooDeep(`["\\\\",${nested(MAX_DEPTH)}]`)).toBe(true);
    expect(isTooDeep(`"${'['.repeat(1_000)}`)).toBe(false);
  });
});

test('the texts of the elements of an array are those that make it up', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ noUnicodeString: false })), fc.nat({ max: 2 }), (values, indent) => {
      const texts = elementTexts(JSON.stringify(values, null, indent)).filter((text) => text.trim() !== '');
      expect(texts.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(
        values.map((value) => JSON.stringify(value)),
      );
    }),
  );
});

test.each([
  ['{"a":1}', ''],
  ['{"detail":1.0}', '1.0'],
  [' { "a" : {"detail":0} , "d\\u0065tail" :\t[1, {"b":"}"}] } ', '[1, {"b":"}"}]'],
  ['{"detail":1,"\\"detail":3,"detail": {"a":",\\""} ,"b":":"}', '{"a":",\\""}'],
])('the detail in %s is %s', (json, text) => {
  expect(memberText(json, 'detail')).toBe(text);
});
