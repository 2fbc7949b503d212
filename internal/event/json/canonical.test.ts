import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical.ts';
import { parseJson } from './exact.ts';
import { canonicalNumber } from './number.ts';

function canonical(json: string): string {
  const { exact } = parseJson(json);
  return canonicalJson(exact, JSON.stringify(exact));
}

describe('the canonical JSON', () => {
  test.each([
    ['{"b":2,"a":1}', '{"a":1,"b":2}'],
    [' { "a" : [ 1 , { "c" : null , "b" : true } ] } ', '{"a":[1,{"b":true,"c":null}]}'],
    ['{"a":1.0,"b":1e2,"c":-0,"d":9007199254740993}', '{"a":1,"b":100,"c":0,"d":9007199254740993}'],
    ['{"a":1,"a":2.50}', '{"a":2.5}'],
    ['{"10":1,"9":2,"a":3}', '{"10":1,"9":2,"a":3}'],
    ['{"":1,"A":2,"a":3,"_":4}', '{"":1,"A":2,"_":4,"a":3}'],
    // UTF-16 code units, and not code points: the pair of a character beyond the BMP is less than U+FB33.
    [
      '{"\\uFB33":1,"\\uD83D\\uDE00":2,"\\u20AC":3,"\\u00F6":4,"\\r":5}',
      '{"\\r":5,"ö":4,"€":3,"😀":2,"\uFB33":1}',
    ],
    ['{"__proto__":{"b":1,"a":2}}', '{"__proto__":{"a":2,"b":1}}'],
    ['{"rawJSON":"1","a":2}', '{"a":2,"rawJSON":"1"}'],
    ['[{"rawJSON":"1.0"},1.0]', '[{"rawJSON":"1.0"},1]'],
    ['{"b":{},"a":[]}', '{"a":[],"b":{}}'],
    ['{"b":"\\u0001\\"\\\\\\ud800","a":"é"}', '{"a":"é","b":"\\u0001\\"\\\\\\ud800"}'],
    [`{"b":"${'"'.repeat(50).replaceAll('"', '\\"')}","a":0}`, `{"a":0,"b":"${'\\"'.repeat(50)}"}`],
    ['5', '5'],
    ['5.0', '5'],
    ['"text"', '"text"'],
    ['null', 'null'],
    ['true', 'true'],
  ])('of %s is %s', (json, expected) => {
    expect(canonical(json)).toBe(expected);
  });

  test('is RFC 8785 for whatever JavaScript can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const json = JSON.stringify(value);
        const parsed = JSON.parse(json) as unknown;
        expect(canonical(json)).toBe(byTheBook(parsed));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same for every order of keys, spacing, and spelling of numbers', () => {
    const number = fc
      .tuple(fc.integer(), fc.constantFrom('', '.0', 'e0', 'E+0', '.000'))
      .map(([n, more]) => `${n}${more}`);
    const members = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary', maxLength: 3 }), number), {
      selector: ([key]) => key,
      maxLength: 60,
    });
    const text = (all: readonly (readonly [string, string])[], space: string) =>
      `{${all.map(([key, value]) => `${space}${JSON.stringify(key)}${space}:${value}`).join(',')}}`;
    fc.assert(
      fc.property(members, fc.constantFrom('', ' ', '\n'), (all, space) => {
        const expected = canonical(text(all, ''));
        expect(canonical(text(all.toReversed(), space))).toBe(expected);
        expect(canonical(expected)).toBe(expected);
      }),
    );
  });

  test('of objects that never come again does not fill the memory, and is right for each', () => {
    for (let i = 0; i < 3_000; i += 1) expect(canonical(`{"z${i}":1,"a":2}`)).toBe(`{"a":2,"z${i}":1}`);
    const many = Array.from({ length: 60 }, (_, i) => `"k${99 - i}":1`);
    expect(canonical(`{${many.join(',')}}`)).toBe(`{${many.toReversed().join(',')}}`);
    // The same first key, other keys after it.
    for (const [json, expected] of [
      ['{"b":1,"a":2}', '{"a":2,"b":1}'],
      ['{"b":1,"a":2,"c":3}', '{"a":2,"b":1,"c":3}'],
      ['{"b":1,"0":2}', '{"0":2,"b":1}'],
      ['{"b":1,"A":2}', '{"A":2,"b":1}'],
    ] as const)
      expect(canonical(json)).toBe(expected);
  });
});

/** RFC 8785, 3.2, but for numbers; nothing here is quick. */
function byTheBook(value: unknown): string {
  if (typeof value === 'number') return canonicalNumber(String(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(byTheBook).join(',')}]`;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, it]) => `${JSON.stringify(key)}:${byTheBook(it)}`).join(',')}}`;
}
