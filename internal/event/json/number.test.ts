import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from './exact.ts';
import { canonicalNumber, numberSource } from './number.ts';

test.each([
  ['0', '0'],
  ['-0', '0'],
  ['0.000', '0'],
  ['0e9', '0'],
  ['1', '1'],
  ['1.0', '1'],
  ['1e0', '1'],
  ['10E-1', '1'],
  ['-1.50', '-1.5'],
  ['100', '100'],
  ['1e2', '100'],
  ['0.1e3', '100'],
  ['0.5', '0.5'],
  ['5e-1', '0.5'],
  ['12.5e1', '125'],
  ['0.0000001', '0.0000001'],
  ['1e-7', '0.0000001'],
  ['1E+40', `1${'0'.repeat(40)}`],
  ['1e41', '1e41'],
  ['10e40', '1e41'],
  ['1e-41', `0.${'0'.repeat(40)}1`],
  ['1e-42', '1e-42'],
  ['0.10e-41', '1e-42'],
  ['9007199254740993', '9007199254740993'],
  ['820982911946154508', '820982911946154508'],
  ['8.20982911946154508e17', '820982911946154508'],
])('%s is spelled %s', (source, canonical) => {
  expect(canonicalNumber(source)).toBe(canonical);
});

test("is JavaScript's own spelling where that has no exponent, and the same for every spelling of a number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat({ max: 9 }), (number, zeros) => {
      const source = String(number);
      const canonical = canonicalNumber(source);
      expect(source.includes('e') ? source : canonical).toBe(Object.is(number, -0) ? '0' : source);
      expect(canonicalNumber(number.toExponential())).toBe(canonical);
      expect(Number(canonical)).toBe(number === 0 ? 0 : number);
      const longer = source.includes('.') && !source.includes('e') ? source + '0'.repeat(zeros) : source;
      expect(canonicalNumber(longer)).toBe(canonical);
    }),
    { numRuns: 2_000 },
  );
});

test('a megabyte of zeros is read in no time', () => {
  const began = performance.now();
  for (const source of [`1${'0'.repeat(1e6)}1`, `0.${'0'.repeat(1e6)}`, '0'.repeat(1e6)])
    canonicalNumber(source);
  expect(performance.now() - began).toBeLessThan(500);
});

test('the source of a number is there, whatever JavaScript makes of it', () => {
  const { exact } = parseJson('[1, 1.50, "1", null]');
  expect((exact as unknown[]).map(numberSource)).toEqual(['1', '1.50', null, null]);
  expect(numberSource(parseJson('5').exact)).toBe('5');
});
