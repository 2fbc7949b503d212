import { readJsonText } from './reader.ts';

/** A JSON text parsed twice where needed: `value` with JavaScript's numbers, `exact` with numbers as their source text. */
export interface ParsedJson {
  readonly value: unknown;
  readonly exact: unknown;
}

/**
 * Finds a number that JavaScript may not write as it read it: 16 or more digits, an exponent, a fraction that ends in
 * zero, minus zero, very small ones. It looks behind `[`, `:` and `,` only; a match inside of a string costs time and
 * changes nothing. The first alternative takes every long number, so the others never read far.
 */
const INEXACT_NUMBER = /[[:,]\s*-?(?:[\d.]{16}|\d+(?:\.\d+)?[eE]|\d+\.\d*0(?!\d)|0\.000000|(?<=-)0(?![\d.]))/;

/** A double keeps this many digits. */
const SHORT = 15;

interface RawJson {
  rawJSON(text: string): unknown;
}

/** Whether JavaScript may write a number of the text otherwise than it stands there, behind `[`, `:` or a comma. */
export function mayBeInexact(text: string): boolean {
  return INEXACT_NUMBER.test(text);
}

/** @throws SyntaxError */
export function parseJson(text: string): ParsedJson {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'number' && !mayBeInexact(text)) return { value, exact: value };
  return { value, exact: readJsonText(text, exactNumber) };
}

/** As JavaScript has it where it surely writes it as it stands, else its source text. */
function exactNumber(source: string): unknown {
  const value = source.length <= SHORT && !source.includes('e') ? Number(source) : Number.NaN;
  return String(value) === source ? value : (JSON as unknown as RawJson).rawJSON(source);
}
