import type { Carried } from './body/carried.ts';
import { claimsIn, isCloudEvent } from './claims.ts';
import { decideCloudEvent } from './cloudevents/cloudevents.ts';
import { type Decision, type Members, refuse } from './decision.ts';
import { got } from './names.ts';
import { decidePlain } from './plain.ts';

/**
 * Decides one event from its parsed JSON; `exact` is the same with numbers as source text.
 * `fallbackId` is the id of an event that brings none.
 */
export function decideEvent(value: unknown, exact: unknown, fallbackId: string, carried: Carried): Decision {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const detail = `expected an event, which is a JSON object, ${got(value)}`;
    return refuse(claimsIn(value, fallbackId), 'invalid_envelope', detail);
  }
  const members = value as Members;
  return isCloudEvent(members)
    ? decideCloudEvent(members, exact as Members, fallbackId, carried)
    : decidePlain(members, exact as Members, fallbackId, carried);
}
