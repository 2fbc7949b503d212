import { InvalidArgumentError } from 'commander';
import { readTime } from '#internal/event/time.ts';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Parses a moment as operators write it: a time, RFC 3339 or close to it, or how long ago, such as 15m, 24h or 7d. */
export function parseMoment(text: string, nowMs: number = Date.now()): Date {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null) {
    const moment = new Date(nowMs - Number(ago[1]) * UNIT_MS[ago[2] as keyof typeof UNIT_MS]);
    if (!Number.isNaN(moment.getTime())) return moment;
  }
  const time = readTime(text);
  if (time !== null) return new Date(time);
  throw new InvalidArgumentError(
    'Expected a time such as 2026-01-31T12:00:00Z, or how long ago such as 15m, 24h or 7d.',
  );
}
