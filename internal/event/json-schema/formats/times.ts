const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** RFC 3339, full-date. */
export function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8));
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(Number(text.slice(0, 4)), month);
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] as number;
}

/** RFC 3339, full-time; an offset may also be written without its colon or its minutes. */
export function isTime(text: string): boolean {
  return offsetOf(text) !== '' && isIsoTime(text);
}

/** ISO 8601: the offset may be left out. */
export function isIsoTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  const hour = Number(text.slice(0, 2));
  const minute = Number(text.slice(3, 5));
  const second = Number(text.slice(6, 8));
  const offset = offsetOf(text);
  const offsetHours = Number(offset.slice(1, 3));
  const offsetMinutes = Number(offset.slice(3).replace(':', ''));
  if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) return false;
  if (second < 60) return true;
  // A leap second is the last one of a day of UTC.
  const ahead = (offsetHours * 60 + offsetMinutes) * (offset.startsWith('-') ? -1 : 1);
  return (hour * 60 + minute - ahead + 1) % 1_440 === 0;
}

/** '' where there is none. */
function offsetOf(text: string): string {
  return TIME.exec(text)?.[1] ?? '';
}

/** RFC 3339, date-time; beside what `isTime` takes, a space may stand for the T (5.6, note). */
export function isDateTime(text: string): boolean {
  return hasDateAnd(isTime, text);
}

export function isIsoDateTime(text: string): boolean {
  return hasDateAnd(isIsoTime, text);
}

function hasDateAnd(isTime: (text: string) => boolean, text: string): boolean {
  return /^[Tt\s]$/.test(text.charAt(10)) && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

const DURATION = /^P(?:\d+W|(?=[\dT])(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/;

/** RFC 3339, appendix A. */
export function isDuration(text: string): boolean {
  return DURATION.test(text);
}
