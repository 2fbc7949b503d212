const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:[Zz]|[+-]\d\d:\d\d)$/;

const MINUTE_MS = 60_000;

/**
 * RFC 3339, 5.6, within what PostgreSQL can hold: years 0001 to 9999, offsets below 16 hours. A leap second is
 * accepted where RFC 3339, 5.7 puts one: after 23:59:59 UTC on the last day of a month, whatever the offset makes of
 * that. PostgreSQL's own words, such as "now" and "infinity", are not times.
 */
export function isRfc3339(value: string): boolean {
  if (!RFC3339.test(value)) return false;
  const year = yearOf(value);
  const month = twoDigits(value, 5);
  const day = twoDigits(value, 8);
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false;
  if (twoDigits(value, 11) > 23 || twoDigits(value, 14) > 59) return false;
  const offset = value.length - '+00:00'.length;
  if (value.at(-3) === ':' && (twoDigits(value, offset + 1) > 15 || twoDigits(value, offset + 4) > 59))
    return false;
  const second = twoDigits(value, 17);
  return second <= 59 || (second === 60 && isFirstOfMonth(minuteAfter(value)));
}

/** An RFC 3339 time as PostgreSQL takes it: a leap second, which it refuses with a fraction, as the second after it. */
export function withoutLeapSecond(time: string): string {
  if (time[17] !== '6') return time;
  const [date] = minuteAfter(time).toISOString().split('.');
  const [fraction = ''] = /\.\d+/.exec(time) ?? [];
  // Years above 9999 have six digits and a sign in JavaScript, and neither in PostgreSQL.
  return `${date?.replace(/^\+0/, '')}${fraction}Z`;
}

/** The beginning of the next minute, in UTC. */
function minuteAfter(time: string): Date {
  const date = new Date(0);
  // Date.UTC takes years below 100 for others.
  date.setUTCFullYear(yearOf(time), twoDigits(time, 5) - 1, twoDigits(time, 8));
  date.setUTCHours(twoDigits(time, 11), twoDigits(time, 14) + 1);
  if (time.at(-3) !== ':') return date;
  const at = time.length - '+00:00'.length;
  const offset = twoDigits(time, at + 1) * 60 + twoDigits(time, at + 4);
  return new Date(date.getTime() - (time[at] === '-' ? -offset : offset) * MINUTE_MS);
}

function isFirstOfMonth(date: Date): boolean {
  return date.getUTCDate() === 1 && date.getUTCHours() === 0 && date.getUTCMinutes() === 0;
}

function yearOf(time: string): number {
  return twoDigits(time, 0) * 100 + twoDigits(time, 2);
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
