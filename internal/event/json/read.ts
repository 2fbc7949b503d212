import { type ParsedJson, parseJson } from './exact.ts';
import { malformation } from './malformed.ts';
import { type MalformedError, type Part, Unread, unreadIn } from './unread.ts';
import type { Refusal } from '../rejection.ts';

/** What a text was read as. One that is not read as a whole is an array or an object, perhaps of valid JSON. */
export type Read =
  | (ParsedJson & { readonly kind: 'json'; readonly text: () => string })
  | { readonly kind: 'unread'; readonly unread: Unread; readonly what: string }
  | { readonly kind: 'malformed'; readonly refusal: Refusal };

/** A text that was read as a whole, or why it is refused. */
export type ReadWhole =
  | (ParsedJson & { readonly kind: 'json' })
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Reads a text; `what` names it in a refusal. Never throws. */
export function readJson(source: string, what: string): Read {
  const read = readElement(source.startsWith('\uFEFF') ? source.slice(1) : source, what);
  if (read.kind !== 'unread') return read;
  try {
    read.unread.cut();
    return read;
  } catch (error) {
    return malformed(what, (error as MalformedError).message);
  }
}

/** Reads the text of an element, whose brackets are known to be closed. Never throws. */
export function readElement(text: string, what: string): Read {
  const unread = unreadIn(text);
  if (unread !== undefined) return { kind: 'unread', unread, what };
  try {
    const { value, exact } = parseJson(text);
    return { kind: 'json', value, exact, text: () => text };
  } catch {
    return malformed(what, malformation(text));
  }
}

/** A part of what was not read as a whole. */
export function readPart(part: Part, what: string): Read {
  return part instanceof Unread ? { kind: 'unread', unread: part, what } : { kind: 'json', ...part };
}

/** Reads all of it, if that is within the limits. Never throws. */
export function readWhole(read: Read): ReadWhole {
  if (read.kind === 'json') return read;
  if (read.kind === 'malformed') return { kind: 'refused', refusal: read.refusal };
  const { unread, what } = read;
  try {
    const whole = unread.whole();
    return typeof whole === 'string'
      ? { kind: 'refused', refusal: { reason: 'unstorable', detail: `${what} ${whole}` } }
      : { kind: 'json', ...whole };
  } catch (error) {
    return { kind: 'refused', refusal: notJson(what, (error as MalformedError).message) };
  }
}

function malformed(what: string, problem: string): Read {
  return { kind: 'malformed', refusal: notJson(what, problem) };
}

function notJson(what: string, problem: string): Refusal {
  return { reason: 'malformed_json', detail: `${what} is not JSON: ${problem}` };
}
