/** RFC 3339, 5.6, with at most the microseconds that PostgreSQL keeps: nearly all times are written so. */
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * What else is an instant beyond doubt, as Java (`2026-01-31T12:00Z`, `…+01:00[Europe/Paris]`), Python (a space, a comma),
 * .NET (seven digits), Go (`… +0100 CET m=+0.5`), Ruby (`… UTC`) and AWS (`+0000`) write it.
 */
const LENIENT =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?(?: ?[Zz]| (?:UTC|GMT)| ?([+-]\d\d)(?::?(\d\d))?(?: [A-Z]{1,5})?(?: m=[+-][\d.]{1,30})?)(?:\[[^[\]]{1,64}\])*$/;

/** PostgreSQL rounds what is finer, which can be another day or year. */
const MICROSECOND_DIGITS = 6;

const MINUTE_MS = 60_000;

/** Of seconds since 1970 (from 1973 on), and of milliseconds (to the year 5138). */
const LEAST_SECONDS = 1e8;
const LEAST_MILLISECONDS = 1e11;
const MOST_MILLISECONDS = 1e14;

/**
 * An instant as PostgreSQL takes it, in RFC 3339 to the microsecond (what is finer is cut off); null for what is none: a
 * date alone, a time without an offset, PostgreSQL's own words such as "now". Years 0001 to 9999, offsets below 16 hours.
 * A leap second is accepted where RFC 3339, 5.7 puts one, and is the second after it. Whole numbers from 1e8 on are
 * seconds since 1970, from 1e11 to 1e14 milliseconds.
 */
export function readTime(value: unknown): string | null {
  if (typeof value === 'string') return RFC3339.test(value) ? checked(value) : readLenient(value);
  return typeof value === 'number' ? readEpoch(value) : null;
}

function readLenient(text: string): string | null {
  const match = LENIENT.exec(text);
  if (match === null) return null;
  const [, date, hourAndMinute, second = '00', fraction, offsetHours, offsetMinutes = '00'] = match;
  const digits = fraction === undefined ? '' : `.${fraction.slice(0, MICROSECOND_DIGITS)}`;
  const offset = offsetHours === undefined ? 'Z' : `${offsetHours}:${offsetMinutes}`;
  return checked(`${date}T${hourAndMinute}:${second}${digits}${offset}`);
}

function readEpoch(value: number): string | null {
  if (!Number.isInteger(value) || value < LEAST_SECONDS || value > MOST_MILLISECONDS) return null;
  return new Date(value < LEAST_MILLISECONDS ? value * 1000 : value).toISOString();
}

/** The time, of the form of RFC 3339, when there is such a day, hour and offset. */
function checked(time: string): string | null {
  const year = yearOf(time);
  const month = twoDigits(time, 5);
  const day = twoDigits(time, 8);
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (twoDigits(time, 11) > 23 || twoDigits(time, 14) > 59) return null;
  const offset = time.length - '+00:00'.length;
  if (time.at(-3) === ':' && (twoDigits(time, offset + 1) > 15 || twoDigits(time, offset + 4) > 59))
    return null;
  const second = twoDigits(time, 17);
  if (second < 60) return time;
  const next = minuteAfter(time);
  return second === 60 && isFirstOfMonth(next) ? withoutLeapSecond(time, next) : null;
}

/** PostgreSQL refuses a leap second with a fraction. */
function withoutLeapSecond(time: string, next: Date): string {
  const [date] = next.toISOString().split('.');
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
