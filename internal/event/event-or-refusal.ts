import type { z } from 'zod';
import { canonicalJson } from './json/canonical.ts';
import type { Event, EventClaims } from './event.ts';
import { eventFingerprint } from './identity.ts';
import {
  mayHaveExponent,
  storableText,
  tooLongToStore,
  unstorableInJson,
  unstorableInText,
  unstorableNumberIn,
} from './storable.ts';
import type { Refusal } from './rejection.ts';

/** An event, or why it is none and what could be read of it. */
export type EventOrRefusal =
  | { readonly kind: 'event'; readonly event: Event; readonly fingerprint: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly claims: EventClaims };

export type Members = Readonly<Record<string, unknown>>;

const MAX_DETAIL = 1_000;

/** More are not looked for: a detail has no room for them, and an event may have a hundred thousand. */
export const MOST_PROBLEMS = 20;

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
  const exponents = mayHaveExponent(event.payload);
  const inPayload = unstorableInJson(event.payload) ?? unstorableNumberIn(event.payload, exponents);
  if (inPayload !== null) return `${payloadField} holds ${inPayload}`;
  const tooLong = tooLongToStore(event.payload, exponents);
  if (tooLong !== null) return `${payloadField} ${tooLong}`;
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

/** The members of these names: a schema looks at all that it is given, and there may be a hundred thousand. */
export function picked(members: Members, names: Iterable<string>): Members {
  const own = [...names].filter((name) => Object.hasOwn(members, name));
  return Object.fromEntries(own.map((name) => [name, members[name]]));
}

/**
 * What a schema found, in words. It accepts what the quick check before it refused only by an error of ours: that is said,
 * for a detail must not be empty.
 */
export function sentence({ error }: { readonly error?: z.ZodError | undefined }): string {
  return error === undefined ? NOTHING_FOUND : error.issues.map(sentenceOf).join('; ');
}

const NOTHING_FOUND = 'it is refused, and what is wrong with it was not found, for an error of ours';

function sentenceOf(issue: z.core.$ZodIssue): string {
  // zod's own words for a member of unknown kind that is not there
  const missing = issue.code === 'invalid_type' && issue.expected === 'nonoptional';
  return `${issue.path.join('.')}: ${missing ? 'expected any JSON value, it is missing' : issue.message}`;
}
