import { MAX_LENGTHS } from './limits.ts';
import type { Members } from './event-or-refusal.ts';
import type { EventClaims } from './event.ts';
import { storableText } from './storable.ts';
import type { Unread } from './json/unread.ts';

/** What an event belongs to when it names no tenant. */
export const DEFAULT_TENANT = 'default';

/** What can be read of an event, fit or not, for finding its rejection again and giving it the same id when it is replayed. */
export function claimsIn(value: unknown, fallbackId: string): EventClaims {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { eventId: fallbackId };
  const members = value as Members;
  return isCloudEvent(members) ? claimsOfCloudEvent(members, fallbackId) : claimsOfPlain(members, fallbackId);
}

/** The same of what is not read as a whole. */
export function claimsInUnread(unread: Unread, fallbackId: string): EventClaims {
  return claimsIn(unread.isArray ? null : unread.pick(CLAIMED), fallbackId);
}

/** Of both formats, and what tells which it is. */
const CLAIMED = 'specversion tenant_id client_id event_type source event_id tenantid clientid type id'.split(
  ' ',
);

export function claimsOfPlain(members: Members, fallbackId: string): EventClaims {
  return storableClaims({
    tenantId: members['tenant_id'] ?? DEFAULT_TENANT,
    clientId: members['client_id'],
    eventType: members['event_type'],
    source: members['source'] ?? members['event_type'],
    eventId: members['event_id'] ?? fallbackId,
  });
}

export function claimsOfCloudEvent(members: Members, fallbackId: string): EventClaims {
  return storableClaims({
    tenantId: members['tenantid'] ?? DEFAULT_TENANT,
    clientId: members['clientid'],
    eventType: members['type'],
    source: members['source'],
    eventId: members['id'] ?? fallbackId,
  });
}

export function storableClaims(claims: Readonly<Record<keyof EventClaims, unknown>>): EventClaims {
  return Object.fromEntries(
    Object.entries(claims)
      .filter(([, claim]) => typeof claim === 'string')
      .map(([field, claim]) => [field, storableText(claim as string, MAX_LENGTHS.identifier)]),
  );
}

/** CloudEvents and the plain format share no other member that tells them apart. */
export function isCloudEvent(members: object): boolean {
  return Object.hasOwn(members, 'specversion');
}
