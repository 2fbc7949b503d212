/** More zeros than that are not written out. */
const MAX_ZEROS = 40;

/** The source text of a JSON number that `parseJson` read: of `exact`, which holds it as it is or raw. */
export function numberSource(exact: unknown): string | null {
  if (typeof exact === 'number') return String(exact);
  return isRaw(exact) ? exact.rawJSON : null;
}

/** Whether a part of `exact` is a number that JavaScript could not hold: the only raw JSON that `parseJson` makes. */
export function isRaw(exact: unknown): exact is { readonly rawJSON: string } {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(exact);
}

/**
 * The one spelling of all JSON numbers of a value, exactly: 1.0, 1e0 and 10E-1 are 1, and -0 is 0, as for PostgreSQL's
 * numeric. It is JavaScript's own wherever that is exact and has no exponent.
 */
export function canonicalNumber(source: string): string {
  if (CANONICAL.test(source)) return source;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = NUMBER.exec(source) as string[];
  const digits = withoutOuterZeros(whole + fraction);
  if (digits.text === '') return '0';
  const exponent = Number(exponentText) - fraction.length + digits.trailing;
  return sign + written(digits.text, exponent);
}

/** Most of those that are canonical already. */
const CANONICAL = /^-?(?:[1-9]\d{0,17}(?:\.\d{0,17}[1-9])?|0\.\d{0,17}[1-9])$/;

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Of the digits without zeros around them, times ten to the exponent. */
function written(digits: string, exponent: number): string {
  if (exponent >= 0) return exponent > MAX_ZEROS ? `${digits}e${exponent}` : digits + '0'.repeat(exponent);
  const point = digits.length + exponent;
  if (point > 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  return point < -MAX_ZEROS ? `${digits}e${exponent}` : `0.${'0'.repeat(-point)}${digits}`;
}

function withoutOuterZeros(digits: string): { text: string; trailing: number } {
  let start = 0;
  let end = digits.length;
  while (start < end && digits[start] === '0') start += 1;
  while (end > start && digits[end - 1] === '0') end -= 1;
  return { text: digits.slice(start, end), trailing: digits.length - end };
}
