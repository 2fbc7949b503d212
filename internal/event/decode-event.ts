import type { z } from 'zod';
import { claimsIn, DEFAULT_TENANT, isCloudEvent } from './claims.ts';
import type { Event, EventClaims } from './event.ts';
import { CLOUD_EVENT_FIELDS, cloudEvent, got, isTraceparent, PLAIN_MEMBERS, plainEvent } from './formats.ts';
import { storableText, tooLongToStore, unstorableInJson, unstorableInText } from './json.ts';
import { meetsCloudEvent, meetsPlainEvent } from './quick-check.ts';
import type { Refusal } from './rejection.ts';
import { withoutLeapSecond } from './time.ts';

/** An event, or why it is none and what could be read of it. */
export type Decision =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly claims: EventClaims };

const MAX_DETAIL = 1_000;
const MAX_KEPT_TRACEPARENT = 1_024;

type Members = Readonly<Record<string, unknown>>;

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

function decidePlain(
  members: Members,
  exact: Members,
  fallbackId: string,
  claims: () => EventClaims,
): Decision {
  const parsed = accepted(plainEvent, meetsPlainEvent, members);
  if (!parsed.success) return refuse(claims(), 'invalid_envelope', sentence(parsed.error));
  const { data } = parsed;
  return checkStorable(
    {
      tenantId: data.tenant_id ?? DEFAULT_TENANT,
      clientId: data.client_id,
      eventType: data.event_type,
      source: data.source ?? data.event_type,
      eventId: data.event_id ?? fallbackId,
      payload: JSON.stringify(exact['message']),
      payloadEncoding: null,
      contentType: null,
      occurredAt: data.occurred_at === undefined ? null : withoutLeapSecond(data.occurred_at),
      ...trace(data.traceparent, NONE),
    },
    'message',
    claims,
  );
}

function decideCloudEvent(
  members: Members,
  exact: Members,
  fallbackId: string,
  claims: () => EventClaims,
): Decision {
  const parsed = accepted(cloudEvent, meetsCloudEvent, members);
  const extensions = extensionsOf(members, exact);
  const problems = [...(parsed.success ? [] : [sentence(parsed.error)]), ...extensions.problems];
  const binary = Object.hasOwn(members, 'data_base64');
  if (binary && Object.hasOwn(members, 'data'))
    problems.push('data and data_base64: expected only one of them');
  if (!parsed.success || problems.length > 0)
    return refuse(claims(), 'invalid_envelope', problems.join('; '));
  const { data } = parsed;
  const field = binary ? 'data_base64' : 'data';
  return checkStorable(
    {
      tenantId: data.tenantid ?? DEFAULT_TENANT,
      clientId: data.clientid,
      eventType: data.type,
      source: data.source,
      eventId: data.id ?? fallbackId,
      payload: JSON.stringify(exact[field] ?? null),
      payloadEncoding: binary ? 'base64' : null,
      contentType: data.datacontenttype ?? null,
      occurredAt: data.time === undefined ? null : withoutLeapSecond(data.time),
      ...trace(data.traceparent, extensions.attributes),
    },
    field,
    claims,
  );
}

type Accepted<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: z.ZodError };

/** What the schema says, without asking it where the quick check says yes. */
function accepted<T>(
  schema: z.ZodType<T>,
  meets: (members: Members) => members is T & Members,
  members: Members,
): Accepted<T> {
  return meets(members) ? { success: true, data: members } : schema.safeParse(members);
}

/** CloudEvents JSON format, 2.2: an attribute that is null is one that is not there. Null data is stored as null anyhow. */
function withoutNulls(members: Members): Members {
  const names = Object.keys(members);
  const set = names.filter((name) => members[name] !== null);
  return set.length === names.length ? members : Object.fromEntries(set.map((name) => [name, members[name]]));
}

/** CloudEvents 1.0, "Naming conventions" and "Type system": what is neither data nor a field of ours. */
function extensionsOf(members: Members, exact: Members): { attributes: Members; problems: string[] } {
  const attributes: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of Object.keys(members)) {
    if (CLOUD_EVENT_FIELDS.has(name)) continue;
    const value = members[name];
    if (!/^[a-z0-9]+$/.test(name)) {
      problems.push(
        `${storableText(name, 100)}: expected an attribute name of lower-case letters and digits (CloudEvents 1.0)`,
      );
    } else if (typeof value === 'object') {
      problems.push(`${storableText(name, 100)}: expected a text, a number or a boolean, ${got(value)}`);
    } else {
      attributes[name] = exact[name];
    }
  }
  return { attributes, problems };
}

const NONE: Members = {};
const UNTRACED = { traceparent: null, attributes: null } as const;

/** A trace context that cannot be used must not cost an event: it is kept among the attributes. */
function trace(
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

function checkStorable(event: Event, payloadField: string, claims: () => EventClaims): Decision {
  const problem = unstorable(event, payloadField);
  return problem === null ? { kind: 'event', event } : refuse(claims(), 'unstorable', problem);
}

function unstorable(event: Event, payloadField: string): string | null {
  const inPayload = unstorableInJson(event.payload);
  if (inPayload !== null) return `${payloadField} holds ${inPayload}`;
  const tooLong = tooLongToStore(event.payload);
  if (tooLong !== null) return `${payloadField} ${tooLong}`;
  const inAttributes = event.attributes === null ? null : unstorableInJson(event.attributes);
  if (inAttributes !== null) return `an extension attribute holds ${inAttributes}`;
  const attributesTooLong = event.attributes === null ? null : tooLongToStore(event.attributes);
  if (attributesTooLong !== null) return `the extension attributes' JSON ${attributesTooLong}`;
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

function sentence(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      if (issue.code === 'unrecognized_keys') {
        const names = issue.keys.map((key) => storableText(key, 100)).join(', ');
        return `${names}: not a member of an event; it may have ${PLAIN_MEMBERS.join(', ')}`;
      }
      // zod's own words for a member of unknown kind that is not there
      const missing = issue.code === 'invalid_type' && issue.expected === 'nonoptional';
      return `${issue.path.join('.')}: ${missing ? 'expected any JSON value, it is missing' : issue.message}`;
    })
    .join('; ');
}

function refuse(claims: EventClaims, reason: Refusal['reason'], detail: string): Decision {
  return { kind: 'refused', refusal: { reason, detail: storableText(detail, MAX_DETAIL) }, claims };
}
