/** A shorter pause is none; of a longer one, another request after an hour says whether it still holds. */
const MIN_SECONDS = 1;
const MAX_SECONDS = 3_600;

/** RFC 9110, 5.6.7: all three forms begin with a day of the week. Only they are read: V8 takes "-1" for a date as well. */
const HTTP_DATE =
  /^(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? [\w :-]*\d\d:\d\d:\d\d(?: \d{4}| GMT)$/;

/**
 * Reads the header Retry-After (RFC 9110, 10.2.3): seconds or a date. A date in the past asks for the shortest pause.
 * @returns seconds from 1 to 3,600; undefined without the header, or when it is neither
 */
export function retryAfterSeconds(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : secondsUntil(text, nowMs);
  if (seconds === undefined || Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS);
}

function secondsUntil(text: string, nowMs: number): number | undefined {
  if (!HTTP_DATE.test(text)) return undefined;
  // The form of asctime() has no zone: it means UTC.
  return Math.ceil((Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) - nowMs) / 1000);
}
