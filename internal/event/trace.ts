const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[\x21-\x7e]*)?$/;
const MAX_TRACEPARENT = 512;

/** W3C Trace Context, 3.2: neither id is all zeros, version ff is none, and only versions above 00 may go on. */
export function isTraceparent(value: string): boolean {
  const match = value.length > MAX_TRACEPARENT ? null : TRACEPARENT.exec(value);
  if (match === null) return false;
  const [, version, traceId, parentId, more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return false;
  return !isZero(traceId as string) && !isZero(parentId as string);
}

function isZero(hex: string): boolean {
  return /^0+$/.test(hex);
}
