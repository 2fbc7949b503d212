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
