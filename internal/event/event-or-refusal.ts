import type { z } from 'zod';
import { canonicalJson } from './json/canonical.ts';
import type { Event, EventClaims } from './event.ts';
import { eventFingerprint } from './identity.ts';
import { storableText, tooLongToStore, unstorableInJson, unstorableInText } from './storable.ts';
import type { Refusal } from './rejection.ts';

/** An event, or why it is none and what could be read of it. */
export type EventOrRefusal =
  | { readonly kind: 'event'; readonly event: Event; readonly fingerprint: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly claims: EventClaims };

export type Members = Readonly<Record<string, unknown>>;

const MAX_DETAIL = 1_000;

export function refuse(claims: EventClaims, reason: Refusal['reason'], detail: string): EventOrRefusal {
  return { kind: 'refused', refusal: { reason, detail: storableText(detail, MAX_DETAIL) }, claims };
}

/**
 * The event, unless PostgreSQL could not store it.
 * @param payload name and value of the member that became the payload, the value with numbers as source text
 */
export function checkStorable(
  event: Event,
  payload: { readonly field: string; readonly exact: unknown },
  claims: () => EventClaims,
): EventOrRefusal {
  const problem = unstorable(event, payload.field);
  if (problem !== null) return refuse(claims(), 'unstorable', problem);
  const fingerprint = eventFingerprint(event, canonicalJson(payload.exact, event.payload));
  return { kind: 'event', event, fingerprint };
}

function unstorable(event: Event, payloadField: string): string | null {
  const inPayload = unstorableInJson(event.payload);
  if (inPayload !== null) return `${payloadField} holds ${inPayload}`;
  const tooLong = tooLongToStore(event.payload);
  if (tooLong !== null) return `${payloadField} ${tooLong}`;
  const inAttributes = event.attributes === null ? null : unstorableInJson(event.attributes);
  if (inAttributes !== null) return `a member without a column holds ${inAttributes}`;
  const attributesTooLong = event.attributes === null ? null : tooLongToStore(event.attributes);
  if (attributesTooLong !== null) return `the members without a column have JSON that ${attributesTooLong}`;
  for (const field of TEXT_FIELDS) {
    const inField = unstorableInText(event[field] ?? '');
    if (inField !== null) return `${WORDS[field]} holds ${inField}`;
  }
  return null;
}

const TEXT_FIELDS = ['tenantId', 'clientId', 'eventType', 'source', 'eventId', 'contentType'] as const;

const WORDS = {
  tenantId: 'the tenant',
  clientId: 'the client',
  eventType: 'the event type',
  source: 'the source',
  eventId: 'the event id',
  contentType: 'the content type',
} as const;

/** What a schema found, in words. */
export function sentence(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      // zod's own words for a member of unknown kind that is not there
      const missing = issue.code === 'invalid_type' && issue.expected === 'nonoptional';
      return `${issue.path.join('.')}: ${missing ? 'expected any JSON value, it is missing' : issue.message}`;
    })
    .join('; ');
}
