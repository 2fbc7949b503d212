import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareNums, isInteger, multipleOf, numKey, numOf, numOfText } from './numbers.ts';

const ENDLESS = { steps: Number.POSITIVE_INFINITY };

/** Numbers as JSON writes them, with what they are worth: digits × 10^power. */
const written = fc
  .record({
    digits: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    places: fc.nat(25),
    power: fc.integer({ min: -30, max: 30 }),
  })
  .map(({ digits, places, power }) => {
    const all = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
    const text = `${digits < 0n ? '-' : ''}${all.slice(0, all.length - places)}${places === 0 ? '' : `.${all.slice(-places)}`}`;
    return { text: power === 0 ? text : `${text}e${power}`, digits, power: power - places };
  });

/** Both as whole numbers of the same unit. */
function scaled(
  a: { digits: bigint; power: number },
  b: { digits: bigint; power: number },
): [bigint, bigint] {
  const unit = Math.min(a.power, b.power);
  return [a.digits * 10n ** BigInt(a.power - unit), b.digits * 10n ** BigInt(b.power - unit)];
}

describe('numbers', () => {
  test('compare by their decimal value, however they are written', () => {
    fc.assert(
      fc.property(written, written, (a, b) => {
        const [left, right] = scaled(a, b);
        const order = compareNums(numOfText(a.text), numOfText(b.text));
        expect(Math.sign(order)).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
    );
  });

  test('have one key for each value', () => {
    fc.assert(
      fc.property(written, written, (a, b) => {
        const [left, right] = scaled(a, b);
        expect(numKey(numOfText(a.text)) === numKey(numOfText(b.text))).toBe(left === right);
      }),
    );
  });

  test('are multiples of what divides them without rest', () => {
    fc.assert(
      fc.property(written, written, (num, divisor) => {
        fc.pre(divisor.digits > 0n);
        const [left, right] = scaled(num, divisor);
        expect(multipleOf(numOfText(divisor.text))(numOfText(num.text), ENDLESS)).toBe(left % right === 0n);
      }),
    );
  });

  test('are multiples of ordinary prices exactly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.constantFrom('0.01', '0.05', '0.1', '0.001'),
        (n, by) => {
          expect(multipleOf(numOfText(by))(numOf(n / 100), ENDLESS)).toBe(
            (BigInt(n) * 10n) % BigInt(Math.round(Number(by) * 1000)) === 0n,
          );
        },
      ),
    );
  });

  test.each([
    ['19.99', '0.01', true],
    ['0.075', '0.01', false],
    ['9007199254740993', '2', false],
    ['9007199254740992', '2', true],
    ['1e308', '0.5', true],
    ['1e1000000', '3', false],
    ['1e1000000', '8', true],
    ['1e-1000000', '3', false],
    ['0e99999999999999999999', '7', true],
    ['1e99999999999999999999999', '9007199254740993', false],
    ['123456789012345', '0.000000000000000000000000000001', true],
    ['1e22', '1e20', true],
    ['1.5', '3', false],
    ['1e15', '0.1', true],
  ])('%s is a multiple of %s: %s', (num, divisor, expected) => {
    expect(multipleOf(numOfText(divisor))(numOfText(num), ENDLESS)).toBe(expected);
  });

  test.each([
    ['1.0', true],
    ['1.50e1', true],
    ['1.5', false],
    ['1e400', true],
    ['1e-400', false],
    ['9007199254740993.0', true],
    ['9007199254740993.5', false],
    ['-0.0', true],
  ])('%s is an integer: %s', (text, expected) => {
    expect(isInteger(numOfText(text))).toBe(expected);
  });

  test('have no sign where they are zero', () => {
    expect(numKey(numOfText('-0.0'))).toBe(numKey(numOfText('0e5')));
    expect(Object.is(numOfText('-0'), 0)).toBe(true);
  });
});
