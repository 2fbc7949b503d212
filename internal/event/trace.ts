import type { Members } from './decision.ts';
import { storableText } from './json.ts';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[\x21-\x7e]*)?$/;
const MAX_TRACEPARENT = 512;
const MAX_KEPT_TRACEPARENT = 1_024;

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

export const NONE: Members = {};
const UNTRACED = { traceparent: null, attributes: null } as const;

/** A trace context that cannot be used must not cost an event: it is kept among the attributes. */
export function trace(
  traceparent: string | undefined,
  attributes: Members,
): { traceparent: string | null; attributes: string | null } {
  if (traceparent === undefined && attributes === NONE) return UNTRACED;
  const usable = traceparent !== undefined && isTraceparent(traceparent);
  const kept =
    traceparent === undefined || usable
      ? attributes
      : { ...attributes, traceparent: storableText(traceparent, MAX_KEPT_TRACEPARENT) };
  return {
    traceparent: usable ? traceparent : null,
    attributes: Object.keys(kept).length === 0 ? null : JSON.stringify(kept),
  };
}
