import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digitsWrittenOut,
  elementTexts,
  isTooDeep,
  MAX_DEPTH,
  memberText,
  parseJson,
  storableText,
  unstorableInJson,
} from './json.ts';

const digits = (min: number, max: number) =>
  fc.string({
    unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
    minLength: min,
    maxLength: max,
  });

/** Every form that RFC 8259 allows a number. */
const numberText = fc
  .record({
    minus: fc.constantFrom('', '-'),
    whole: fc.oneof(
      fc.constant('0'),
      digits(0, 25).map((rest) => `7${rest}`),
    ),
    fraction: fc.oneof(
      fc.constant(''),
      digits(1, 30).map((all) => `.${all}`),
      digits(1, 9).map((rest) => `.000000${rest}`),
    ),
    exponent: fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      fc
        .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(1, 4))
        .map((parts) => parts.join('')),
    ),
  })
  .map(({ minus, whole, fraction, exponent }) => minus + whole + fraction + exponent);

const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });

describe('numbers', () => {
  test('of any form are written as they were read, wherever they stand', () => {
    fc.assert(
      fc.property(fc.array(numberText, { minLength: 1 }), space, (numbers, gap) => {
        const array = `[${numbers.map((number) => gap + number).join(',')}]`;
        const object = `{${numbers.map((number, i) => `"k${i}":${gap}${number}${gap}`).join(',')}}`;
        expect(JSON.stringify(parseJson(array).exact)).toBe(`[${numbers.join(',')}]`);
        expect(JSON.stringify(parseJson(object).exact)).toBe(
          `{${numbers.map((number, i) => `"k${i}":${number}`).join(',')}}`,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('of which one alone is inexact are written as they were read', () => {
    fc.assert(
      fc.property(numberText, (number) => {
        expect(JSON.stringify(parseJson(`{"a":${number}}`).exact)).toBe(`{"a":${number}}`);
      }),
      { numRuns: 5_000 },
    );
  });

  test('are JavaScript numbers in the value', () => {
    expect(parseJson('{"a":9007199254740993,"b":1.50}').value).toEqual({ a: 9007199254740992, b: 1.5 });
  });

  test('of a key given twice are those of the last, as in jsonb', () => {
    const text = '{"a":1.0,"a":[2.50],"b":[1.0,{"c":2.0}],"b":3.10,"c":{"x":1.0},"c":{"y":1}}';
    expect(JSON.stringify(parseJson(text).exact)).toBe('{"a":[2.50],"b":3.10,"c":{"y":1}}');
  });
});

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

test('what jsonb refuses is found in any JSON text, and nothing else is', () => {
  const piece = fc.constantFrom(
    '\u0000',
    '\ud83d',
    '\ude00',
    '😀',
    '\\',
    'u0000',
    'ud800',
    '\u0001',
    '"',
    'a',
  );
  const text = fc.array(piece).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (value) => {
      const unstorable = value.includes('\u0000') || !value.isWellFormed();
      expect(unstorableInJson(JSON.stringify({ [value]: 1 })) !== null).toBe(unstorable);
      expect(unstorableInJson(JSON.stringify([value])) !== null).toBe(unstorable);
    }),
    { numRuns: 2_000 },
  );
});

test('a text that only describes is cut and made storable', () => {
  expect(storableText('abcdef', 6)).toBe('abcdef');
  expect(storableText('abcdefg', 6)).toBe('abcde…');
  expect(storableText('a\u0000\ud800', 6)).toBe('a\uFFFD\uFFFD');
  expect(storableText('abcd😀fg', 6)).toBe('abcd\uFFFD…');
});

test.each([
  ['1e9', 9],
  ['[1E+9,-2.5e-9,{"a":1e1}]', 19],
  ['[1,2.5,true,false,null,"1e9"]', 0],
  ['{"1e9":"\\"1e9","b\\\\":3e3,"c":"1e9"}', 3],
  ['"1e9', 0],
])(
  'exponents were free, and rows that take gigabytes to read were stored: %s adds %i digits',
  (json, digits) => {
    expect(digitsWrittenOut(json)).toBe(digits);
  },
);

test.each([
  ['{"a":1}', ''],
  ['{"detail":1.0}', '1.0'],
  [' { "a" : {"detail":0} , "d\\u0065tail" :\t[1, {"b":"}"}] } ', '[1, {"b":"}"}]'],
  ['{"detail":1,"\\"detail":3,"detail": {"a":",\\""} ,"b":":"}', '{"a":",\\""}'],
])('the detail in %s is %s', (json, text) => {
  expect(memberText(json, 'detail')).toBe(text);
});
