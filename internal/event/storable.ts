import { endOfString } from './json/scan.ts';

/** More than SQS can carry uncompressed; PostgreSQL's own limit lies far above. */
const MAX_PAYLOAD_BYTES = 1_048_576;

// JSON.stringify writes lone surrogates and U+0000 as escapes, paired surrogates as they are.
const UNSTORABLE_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:(0000)|d[89a-f][0-9a-f]{2})/;

/** What in a JSON text written by JSON.stringify PostgreSQL's jsonb would refuse, in words; null if nothing. */
export function unstorableInJson(json: string): string | null {
  if (!json.includes('\\u')) return null;
  const found = UNSTORABLE_ESCAPE.exec(json);
  if (found === null) return null;
  return found[1] === undefined ? LONE_SURROGATE : NUL;
}

/** What in a text PostgreSQL would refuse or change, in words; null if nothing. */
export function unstorableInText(text: string): string | null {
  if (text.includes('\u0000')) return NUL;
  return text.isWellFormed() ? null : LONE_SURROGATE;
}

const NUL = 'the character U+0000, which PostgreSQL cannot store';
const LONE_SURROGATE = 'half of a surrogate pair, which is not a character and cannot be stored';

/** Whether a number of a JSON text may have an exponent. */
export function mayHaveExponent(json: string): boolean {
  return /\d[eE]/.test(json);
}

/** Digits that PostgreSQL adds to a JSON text when it writes numbers without their exponents: 1e9 becomes 1000000000. */
export function digitsWrittenOut(json: string): number {
  const exponent = /"|[eE][+-]?(\d+)/g;
  let digits = 0;
  for (let found = exponent.exec(json); found !== null; found = exponent.exec(json)) {
    if (found[1] === undefined) exponent.lastIndex = endOfString(json, found.index) + 1;
    else digits += Number(found[1]);
  }
  return digits;
}

/** PostgreSQL's type numeric, of which jsonb makes its numbers: documentation, "Numeric Types". */
const MAX_DIGITS_BEFORE_POINT = 131_072;
const MAX_DIGITS_BEHIND_POINT = 16_383;

/**
 * What number of a JSON text written by JSON.stringify PostgreSQL's jsonb would refuse, in words; null if none.
 * @param exponents `mayHaveExponent(json)`, which is known to those who ask more than this
 */
export function unstorableNumberIn(json: string, exponents = mayHaveExponent(json)): string | null {
  if (!exponents && !hasLongNumber(json)) return null;
  const number = /"|-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/g;
  for (let found = number.exec(json); found !== null; found = number.exec(json)) {
    const [, whole, fraction = '', exponent = '0'] = found;
    if (whole === undefined) number.lastIndex = endOfString(json, found.index) + 1;
    else if (isOutOfRange(whole, fraction, Number(exponent))) return OUT_OF_RANGE;
  }
  return null;
}

const OUT_OF_RANGE = `a number of more than ${MAX_DIGITS_BEFORE_POINT} digits before the decimal point or ${MAX_DIGITS_BEHIND_POINT} after it, which PostgreSQL cannot store`;

/** Zeros count behind the point, also of a number that is zero; before it, they count behind another digit. */
function isOutOfRange(whole: string, fraction: string, exponent: number): boolean {
  if (fraction.length - exponent > MAX_DIGITS_BEHIND_POINT) return true;
  const zeros = /^0*/.exec(whole + fraction)?.[0].length as number;
  const isZero = zeros === whole.length + fraction.length;
  return !isZero && whole.length - zeros + exponent > MAX_DIGITS_BEFORE_POINT;
}

/** Whether there are so many digits in a row as no number may have; a look at a few of the characters shows it. */
function hasLongNumber(json: string): boolean {
  for (let i = STRIDE - 1; i < json.length; i += STRIDE) {
    if (!isDigit(json.charCodeAt(i))) continue;
    let first = i;
    let last = i;
    while (isDigit(json.charCodeAt(first - 1))) first -= 1;
    while (isDigit(json.charCodeAt(last + 1))) last += 1;
    if (last - first >= STRIDE) return true;
    i += last - i;
  }
  return false;
}

/** Half of the shortest row of digits that is too long: each such row covers a character that is looked at. */
const STRIDE = 8_192;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/**
 * What is wrong with the length of a JSON text as PostgreSQL would write it, in words; null if nothing.
 * @param exponents `mayHaveExponent(json)`
 */
export function tooLongToStore(json: string, exponents = mayHaveExponent(json)): string | null {
  // Bytes are counted only where characters leave it open: UTF-8 takes one to three for each.
  const bytes = json.length * 3 > MAX_PAYLOAD_BYTES ? Buffer.byteLength(json) : json.length;
  if (bytes > MAX_PAYLOAD_BYTES) return `has ${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} are stored`;
  // jsonb keeps 1e131071 in a few bytes and writes 131,072 digits: a row of them could not be read again.
  const writtenOut = exponents ? bytes + digitsWrittenOut(json) : bytes;
  return writtenOut > MAX_PAYLOAD_BYTES
    ? `has ${writtenOut} bytes when its exponents are written out, as PostgreSQL does; at most ${MAX_PAYLOAD_BYTES} are stored`
    : null;
}

/** The text with what PostgreSQL cannot hold replaced by U+FFFD, cut to a length. For what only describes. */
export function storableText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return cut.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
