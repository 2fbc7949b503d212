import { readJsonText } from './reader.ts';

/** Deeper nesting is refused: recursive code, ours and others', would overflow its stack on what a few kB can hold. */
export const MAX_DEPTH = 512;

/** More than SQS can carry uncompressed; PostgreSQL's own limit lies far above. */
const MAX_PAYLOAD_BYTES = 1_048_576;

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

/** Whether the text nests deeper than MAX_DEPTH. Reads characters; needs no valid JSON and no stack. */
export function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false; // every level takes a bracket
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i);
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

/** The source text of an object's member; of two with that name the last, as JSON.parse. `text` must be JSON of such an object, however deep. */
export function memberText(text: string, name: string): string {
  const members = elementTexts(text).map((member) => {
    const nameEnd = endOfString(member, 0) + 1;
    return [JSON.parse(member.slice(0, nameEnd)) as string, member.slice(nameEnd)] as const;
  });
  const [, rest = ''] = members.findLast(([found]) => found === name) ?? [];
  return rest.trimStart().slice(1).trimStart();
}

/** The source texts of an array's elements, or an object's members, without space around them. `text` must be JSON of one, however deep; needs no stack. */
export function elementTexts(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i);
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth === 1) start = i + 1;
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
      if (depth === 0) elements.push(text.slice(start, i).trim());
    } else if (code === 0x2c && depth === 1) {
      elements.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return elements;
}

/** Position of the quote that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

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

/** Digits that PostgreSQL adds to a JSON text when it writes numbers without their exponents: 1e9 becomes 1000000000. */
export function digitsWrittenOut(json: string): number {
  if (!/\d[eE]/.test(json)) return 0;
  const exponent = /"|[eE][+-]?(\d+)/g;
  let digits = 0;
  for (let found = exponent.exec(json); found !== null; found = exponent.exec(json)) {
    if (found[1] === undefined) exponent.lastIndex = endOfString(json, found.index) + 1;
    else digits += Number(found[1]);
  }
  return digits;
}

/** What is wrong with the length of a JSON text as PostgreSQL would write it, in words; null if nothing. */
export function tooLongToStore(json: string): string | null {
  // Bytes are counted only where characters leave it open: UTF-8 takes one to three for each.
  const bytes = json.length * 3 > MAX_PAYLOAD_BYTES ? Buffer.byteLength(json) : json.length;
  if (bytes > MAX_PAYLOAD_BYTES) return `has ${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} are stored`;
  // jsonb keeps 1e131071 in a few bytes and writes 131,072 digits: a row of them could not be read again.
  const writtenOut = bytes + digitsWrittenOut(json);
  return writtenOut > MAX_PAYLOAD_BYTES
    ? `has ${writtenOut} bytes when its exponents are written out, as PostgreSQL does; at most ${MAX_PAYLOAD_BYTES} are stored`
    : null;
}

/** The text with what PostgreSQL cannot hold replaced by U+FFFD, cut to a length. For what only describes. */
export function storableText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return cut.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
