import type { Carried } from './body/carried.ts';
import { claimsIn, isCloudEvent } from './claims.ts';
import { decodeCloudEvent } from './cloudevents/cloudevents.ts';
import { type EventOrRefusal, type Members, refuse } from './event-or-refusal.ts';
import { got } from './names.ts';
import { decodePlain } from './plain.ts';

/**
 * Decides one event from its parsed JSON; `exact` is the same with numbers as source text.
 * `fallbackId` is the id of an event that brings none.
 */
export function decodeEvent(
  value: unknown,
  exact: unknown,
  fallbackId: string,
  carried: Carried,
): EventOrRefusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const detail = `expected an event, which is a JSON object, ${got(value)}`;
    return refuse(claimsIn(value, fallbackId), 'invalid_envelope', detail);
  }
  const members = value as Members;
  return isCloudEvent(members)
    ? decodeCloudEvent(members, exact as Members, fallbackId, carried)
    : decodePlain(members, exact as Members, fallbackId, carried);
}
