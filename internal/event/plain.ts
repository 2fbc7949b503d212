import { z } from 'zod';
import { DEFAULT_TENANT } from './claims.ts';
import { accepted, checkStorable, type Decision, type Members, refuse, sentence } from './decision.ts';
import type { EventClaims } from './event.ts';
import { got, identifier, isText, name, text, timestamp } from './fields.ts';
import { isRfc3339, withoutLeapSecond } from './time.ts';
import { NONE, trace } from './trace.ts';

/** Our own short format. Strict: a misspelt tenant_id would file the event under another tenant. */
export const plainEvent = z.strictObject({
  event_type: text(255),
  client_id: name,
  message: z.unknown(),
  tenant_id: name.exactOptional(),
  event_id: identifier.exactOptional(),
  source: identifier.exactOptional(),
  occurred_at: timestamp.exactOptional(),
  traceparent: z.string({ error: ({ input }) => `expected a text, ${got(input)}` }).exactOptional(),
});

const PLAIN_MEMBERS = Object.keys(plainEvent.shape);

export function decidePlain(
  members: Members,
  exact: Members,
  fallbackId: string,
  claims: () => EventClaims,
): Decision {
  const parsed = accepted(plainEvent, meetsPlainEvent, members);
  if (!parsed.success) {
    const unknownMembers = `not a member of an event; it may have ${PLAIN_MEMBERS.join(', ')}`;
    return refuse(claims(), 'invalid_envelope', sentence(parsed.error, unknownMembers));
  }
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

/**
 * Whether `plainEvent` accepts it, as bare conditions, for the many events that it does: the walk through a schema takes
 * most of what deciding an event takes. It says yes or no; the words for a no come from the schema.
 */
export function meetsPlainEvent(members: Members): members is z.infer<typeof plainEvent> {
  for (const member in members) {
    if (!isPlainMember(member, members[member])) return false;
  }
  return (
    members['event_type'] !== undefined &&
    members['client_id'] !== undefined &&
    Object.hasOwn(members, 'message')
  );
}

function isPlainMember(member: string, value: unknown): boolean {
  switch (member) {
    case 'message':
      return true;
    case 'event_type':
      return isText(value, 255);
    case 'client_id':
    case 'tenant_id':
      return isText(value, 128);
    case 'event_id':
    case 'source':
      return isText(value, 1024);
    case 'occurred_at':
      return typeof value === 'string' && isRfc3339(value);
    case 'traceparent':
      return typeof value === 'string';
    default:
      return false;
  }
}
