import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digitsWrittenOut, storableText, unstorableInJson, unstorableNumberIn } from './storable.ts';

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

const zeros = (count: number) => '0'.repeat(count);

test.each([
  '1',
  '1e131071',
  '10e131070',
  `1${zeros(131_071)}`,
  '-0.001e131074',
  '1e-16383',
  '1.5e-16382',
  `0.${zeros(16_382)}1`,
  '0e200000',
  '0e-16383',
  '-0',
  '"1e131072"',
  `{"1e131072":"\\"1e131072","${zeros(200_000)}":1}`,
  `"${'1'.repeat(8_192)}x${'1'.repeat(200_000)}"`,
  `[${'1'.repeat(9_000)},${'2'.repeat(9_000)}]`,
])('numeric holds the numbers in the text %#', (json) => {
  expect(unstorableNumberIn(json)).toBeNull();
});

test.each([
  '1e131072',
  '-1E+131072',
  '10e131071',
  `1${zeros(131_072)}`,
  '0.001e131075',
  '1e-16384',
  '1.5e-16383',
  `0.${zeros(16_384)}`,
  `[1,{"a":0.${zeros(16_383)}1}]`,
  '0e-16384',
  '0.0e-16383',
  '["1e1",2e999999999999]',
])('numeric does not hold the numbers in the text %#', (json) => {
  expect(unstorableNumberIn(json)).toContain('131072 digits before the decimal point or 16383 after it');
});
