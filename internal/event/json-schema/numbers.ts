/**
 * A number of JSON with its exact decimal value: a JavaScript number where String() of it writes that value, else its
 * digits. Every value has one form only, so two numbers are equal when their forms are.
 */
export type Num = number | Decimal;

/** `digits` × 10^`exponent`; the digits begin and end with another digit than zero, and are empty for zero itself. */
export class Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;

  constructor(negative: boolean, digits: string, exponent: number) {
    this.negative = negative;
    this.digits = digits;
    this.exponent = exponent;
  }
}

/** A number as JSON.rawJSON keeps it. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** A double keeps this many digits of any decimal number, as long as its exponent is an ordinary one. */
const EXACT_DIGITS = 15;
const ORDINARY_EXPONENT = 250;

/** What the work is charged to. */
interface Budget {
  steps: number;
}

/** Reads a number of a payload; one that is kept as its text costs what it takes to read that. */
export function readNum(value: Num | RawNumber, budget: Budget): Num {
  if (typeof value === 'number' || value instanceof Decimal) return value;
  budget.steps -= 16 + (value.rawJSON.length >> 3);
  return numOfText(value.rawJSON);
}

export function numOf(value: Num | RawNumber): Num {
  return typeof value === 'number' || value instanceof Decimal ? value : numOfText(value.rawJSON);
}

/** The number that a JSON text of one stands for. */
export function numOfText(text: string): Num {
  if (text.length <= EXACT_DIGITS && !/e/i.test(text)) return Number(text) + 0;
  const decimal = decimalOf(text);
  const { digits, exponent } = decimal;
  const isDouble = digits.length <= EXACT_DIGITS && Math.abs(exponent) <= ORDINARY_EXPONENT;
  return isDouble ? Number(text) + 0 : decimal; // + 0: there is no minus zero in JSON's value space
}

const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

function decimalOf(text: string): Decimal {
  const [, sign, whole, fraction = '', power = '0'] = PARTS.exec(text) as unknown as string[];
  const all = whole + fraction;
  let start = 0;
  while (all.charCodeAt(start) === 0x30) start += 1;
  let end = all.length;
  while (end > start && all.charCodeAt(end - 1) === 0x30) end -= 1;
  if (start === end) return new Decimal(false, '', 0);
  const exponent = Number(power) - fraction.length + all.length - end;
  const bounded = Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, exponent));
  return new Decimal(sign === '-', all.slice(start, end), bounded);
}

function asDecimal(num: Num): Decimal {
  return typeof num === 'number' ? decimalOf(String(num)) : num;
}

/** A text that is the same for equal numbers and for no others. */
export function numKey(num: Num): string {
  if (typeof num === 'number') return String(num);
  return `${num.negative ? '-' : ''}${num.digits}e${num.exponent}`;
}

export function isInteger(num: Num): boolean {
  return typeof num === 'number' ? Number.isInteger(num) : num.exponent >= 0;
}

/** Steps that it takes to compare a number with another, not counting those of an ordinary one. */
export function stepsToCompare(num: Num): number {
  return typeof num === 'number' ? 16 : 16 + (num.digits.length >> 7);
}

/** Below zero, zero or above zero, as `a` is smaller than, equal to or larger than `b`. Never writes digits out. */
export function compareNums(a: Num, b: Num): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = asDecimal(a);
  const right = asDecimal(b);
  const order = signOf(left) - signOf(right);
  if (order !== 0) return order;
  return left.negative ? compareSizes(right, left) : compareSizes(left, right);
}

function signOf({ negative, digits }: Decimal): number {
  return digits === '' ? 0 : negative ? -1 : 1;
}

function compareSizes(a: Decimal, b: Decimal): number {
  const order = a.digits.length + a.exponent - (b.digits.length + b.exponent);
  if (order !== 0) return order;
  // Both begin at the same power of ten, so the first digit that differs decides.
  return a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : 0;
}

/** Ten to this power is a double without a rounding error. */
const EXACT_POWER = 22;

/** Tells multiples of a divisor, which is above zero, exactly. */
export function multipleOf(divisor: Num): (num: Num, budget: Budget) => boolean {
  const decimal = asDecimal(divisor);
  const digits = BigInt(decimal.digits);
  const words = Math.ceil(decimal.digits.length / CHUNK);
  const exactly = (num: Num, budget: Budget) => {
    const read = asDecimal(num);
    budget.steps -= stepsToDivide(read, read.exponent - decimal.exponent, words);
    return budget.steps >= 0 && isExactMultiple(read, digits, decimal.exponent);
  };
  const { exponent } = decimal;
  if (typeof divisor !== 'number' || exponent < -EXACT_POWER) return exactly;
  if (exponent >= 0)
    return (num, budget) => (isSafe(num) && isSafe(divisor) ? num % divisor === 0 : exactly(num, budget));
  const scale = 10 ** -exponent;
  const units = Number(digits);
  return (num, budget) => {
    if (typeof num !== 'number') return exactly(num, budget);
    const scaled = Math.round(num * scale);
    if (Math.abs(scaled) >= 1e15) return exactly(num, budget);
    // Of at most 15 digits, both are decimals that the quotient, which is rounded once, tells apart.
    return scaled / scale === num && scaled % units === 0;
  };
}

function isSafe(num: Num): num is number {
  return Number.isSafeInteger(num);
}

/** For a divisor of this many words, which each division by it goes through, and each multiplication as often again. */
function stepsToDivide({ digits }: Decimal, shift: number, words: number): number {
  const squarings = Math.log2(Math.max(1, shift + 1));
  return 16 + digits.length * (1 + words / 32) + squarings * (16 + words * words);
}

/** Whether num = divisor × 10^power × an integer. */
function isExactMultiple(num: Decimal, divisor: bigint, power: number): boolean {
  const shift = num.exponent - power;
  if (num.digits === '') return true;
  // The digits of a number do not end in zero, so no shift to the right leaves a whole number of them.
  if (shift < 0) return false;
  return (remainder(num.digits, divisor) * powerOfTen(shift, divisor)) % divisor === 0n;
}

const CHUNK = 18;

/** Reads the digits in parts: as one BigInt, a million of them would take far longer. */
function remainder(digits: string, divisor: bigint): bigint {
  let rest = 0n;
  for (let at = 0; at < digits.length; at += CHUNK) {
    const part = digits.slice(at, at + CHUNK);
    rest = (rest * 10n ** BigInt(part.length) + BigInt(part)) % divisor;
  }
  return rest;
}

/** 10^exponent modulo the divisor, in as many steps as the exponent has bits. */
function powerOfTen(exponent: number, divisor: bigint): bigint {
  let result = 1n;
  let square = 10n % divisor;
  for (let rest = BigInt(exponent); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % divisor;
    square = (square * square) % divisor;
  }
  return result;
}
