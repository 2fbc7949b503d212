import { z } from 'zod';
import { got } from './names.ts';
import { readTime } from './time.ts';

const DAYS = 30;
const LONGEST_DELAY_MS = DAYS * 86_400_000;

const EXPECTED =
  'expected an instant such as 2026-01-31T12:00:00Z, or a whole number of seconds or milliseconds since 1970';

/** A time that is an instruction: unlike one that only describes, it costs the event when it cannot be read. */
export const instant = z
  .unknown()
  .refine(isInstant, { error: ({ input }) => notAnInstant(input) })
  .exactOptional();

/** Whether `instant` accepts it. */
export function isInstant(value: unknown): boolean {
  return readTime(value) !== null;
}

export function notAnInstant(value: unknown): string {
  return `${EXPECTED}, ${got(value)}`;
}

/**
 * Why the event is not taken now, although its time of delivery is an instant; null when it is. A time that JavaScript
 * cannot read is one beyond the year 9999.
 */
export function tooFarAhead(deliverAfter: string, nowMs: number): string | null {
  if (Date.parse(deliverAfter) <= nowMs + LONGEST_DELAY_MS) return null;
  return `deliver_after (deliverafter in a CloudEvent) is more than ${DAYS} days ahead; once it is not, a replay stores the event`;
}
