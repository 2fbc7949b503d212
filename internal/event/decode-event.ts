import { claimsIn, isCloudEvent } from './claims.ts';
import { decideCloudEvent, withoutNulls } from './cloudevents.ts';
import { type Decision, type Members, refuse } from './decision.ts';
import { got } from './fields.ts';
import { decidePlain } from './plain.ts';

/**
 * Decides one event from its parsed JSON; `exact` is the same with numbers as source text.
 * `fallbackId` is the id of an event that brings none.
 */
export function decideEvent(value: unknown, exact: unknown, fallbackId: string): Decision {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse({}, 'invalid_envelope', `expected an event, which is a JSON object, ${got(value)}`);
  }
  const members = value as Members;
  const claims = () => claimsIn(value, fallbackId);
  return isCloudEvent(members)
    ? decideCloudEvent(withoutNulls(members), exact as Members, fallbackId, claims)
    : decidePlain(members, exact as Members, fallbackId, claims);
}
