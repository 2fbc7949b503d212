import { MAX_LENGTHS } from './limits.ts';
import { z } from 'zod';
import { canonicalNumber, numberSource } from './json/number.ts';

/** How a value that was not expected is called in a sentence. Kinds and lengths only: payloads stay out of details. */
export function got(value: unknown): string {
  if (value === undefined) return 'it is missing';
  if (value === null) return 'got null';
  if (Array.isArray(value)) return 'got an array';
  if (typeof value === 'string')
    return value === '' ? 'got an empty text' : `got a text of ${lengthOf(value)} characters`;
  return typeof value === 'object' ? 'got an object' : `got a ${typeof value}`;
}

/** Characters of a text, as PostgreSQL's length() counts them: code points, so that an emoji is one and not two. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let i = 1; i < text.length; i += 1)
    if (isLow(text.charCodeAt(i)) && isHigh(text.charCodeAt(i - 1))) length -= 1;
  return length;
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

/** Whether a text has at most that many characters. Few have to be counted. */
export function isWithin(text: string, maxLength: number): boolean {
  return text.length <= maxLength || (text.length <= 2 * maxLength && lengthOf(text) <= maxLength);
}

export function text(maxLength: number) {
  const expected = `expected a text of 1 to ${maxLength} characters`;
  return z
    .string({ error: ({ input }) => `${expected}, ${got(input)}` })
    .min(1, `${expected}, got an empty text`)
    .refine((value) => isWithin(value, maxLength), {
      error: ({ input }) => `${expected}, ${got(input)}`,
    });
}

/** Whether `text(maxLength)` accepts it. */
export function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value !== '' && isWithin(value, maxLength);
}

/** The decimal digits of a whole number, exactly; null for every other value. `exact` is the number or its raw JSON. */
export function integerText(exact: unknown): string | null {
  const source = numberSource(exact);
  const canonical = source === null ? '' : canonicalNumber(source);
  return /^-?\d+$/.test(canonical) ? canonical : null;
}

export const name = text(MAX_LENGTHS.name);
export const identifier = text(MAX_LENGTHS.identifier);
export const eventTypeName = text(MAX_LENGTHS.eventType);
