import { z } from 'zod';
import { isRfc3339 } from './time.ts';

/** How a value that was not expected is called in a sentence. Kinds and lengths only: payloads stay out of details. */
export function got(value: unknown): string {
  if (value === undefined) return 'it is missing';
  if (value === null) return 'got null';
  if (Array.isArray(value)) return 'got an array';
  if (typeof value === 'string')
    return value === '' ? 'got an empty text' : `got a text of ${value.length} characters`;
  return typeof value === 'object' ? 'got an object' : `got a ${typeof value}`;
}

export function text(maxLength: number) {
  const expected = `expected a text of 1 to ${maxLength} characters`;
  return z
    .string({ error: ({ input }) => `${expected}, ${got(input)}` })
    .min(1, `${expected}, got an empty text`)
    .max(maxLength, { error: ({ input }) => `${expected}, ${got(input)}` });
}

/** Whether `text(maxLength)` accepts it. */
export function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value !== '' && value.length <= maxLength;
}

export const timestamp = z
  .string({ error: ({ input }) => `${TIME_EXPECTED}, ${got(input)}` })
  .refine(isRfc3339, { error: ({ input }) => `${TIME_EXPECTED}, ${got(input)}` });

const TIME_EXPECTED = 'expected an RFC 3339 time such as 2026-01-31T12:00:00Z';

export const name = text(128);
export const identifier = text(1024);
