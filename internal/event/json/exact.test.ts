import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from './exact.ts';

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
