import { z } from 'zod';
import { Attributes, timeOf, traceOf } from './attributes.ts';
import type { Carried } from './body/carried.ts';
import { claimsOfPlain, DEFAULT_TENANT } from './claims.ts';
import {
  checkStorable,
  type EventOrRefusal,
  type Members,
  MOST_PROBLEMS,
  picked,
  refuse,
  sentence,
} from './event-or-refusal.ts';
import { instant, isInstant } from './deliver-after.ts';
import { eventTypeName, identifier, integerText, isText, name } from './names.ts';
import { MAX_LENGTHS } from './limits.ts';
import { storableText } from './storable.ts';
import { KnownNames } from './misspelt.ts';
import { readTime } from './time.ts';

/** Our own short format. It may have further members, which are kept, unless they look like one of these misspelt. */
export const plainEvent = z.looseObject({
  event_type: eventTypeName,
  client_id: name,
  message: z.unknown(),
  tenant_id: name.exactOptional(),
  event_id: identifier.exactOptional(),
  source: identifier.exactOptional(),
  deliver_after: instant,
});

type PlainEvent = z.infer<typeof plainEvent>;

/** What only describes can hold anything: it never costs the event. */
const DESCRIBING = ['occurred_at', 'traceparent', 'tracestate'];
const KNOWN = new KnownNames([...Object.keys(plainEvent.shape), ...DESCRIBING]);

/** Decides what is no CloudEvent. */
export function decodePlain(
  given: Members,
  exact: Members,
  fallbackId: string,
  carried: Carried,
): EventOrRefusal {
  const members = withTextId(given, exact);
  const further = furtherMembers(members);
  if (further === null)
    return refuse(claimsOfPlain(members, fallbackId), 'invalid_envelope', problemsOf(members));
  const event = members as PlainEvent;
  const attributes = new Attributes();
  for (const member of further) attributes.keep(member, exact[member]);
  const occurredAt = timeOf('occurred_at', members, exact, attributes);
  const { traceparent, sqsAttributes } = traceOf(members, exact, carried, attributes);
  return checkStorable(
    {
      tenantId: event.tenant_id ?? DEFAULT_TENANT,
      clientId: event.client_id,
      eventType: event.event_type,
      source: event.source ?? event.event_type,
      eventId: event.event_id ?? fallbackId,
      payload: JSON.stringify(exact['message']),
      payloadEncoding: null,
      contentType: null,
      occurredAt,
      deliverAfter: event.deliver_after === undefined ? null : readTime(event.deliver_after),
      traceparent,
      attributes: attributes.json,
      sqsAttributes,
    },
    { field: 'message', exact: exact['message'] },
    () => claimsOfPlain(members, fallbackId),
  );
}

/** Some number their events. A whole number is its decimal digits as id; of names that route an event none is made of one. */
function withTextId(members: Members, exact: Members): Members {
  if (typeof members['event_id'] !== 'number') return members;
  const id = integerText(exact['event_id']);
  return id === null ? members : { ...members, event_id: id };
}

const NO_FURTHER: readonly string[] = [];

/**
 * Names of the members that are not known; null where the schema does not accept the event, or one of them is a known one
 * misspelt. Bare conditions, because the walk through a schema takes most of what deciding an event takes.
 */
export function furtherMembers(members: Members): readonly string[] | null {
  let further: string[] | undefined;
  for (const member in members) {
    switch (member) {
      case 'message':
      case 'occurred_at':
      case 'traceparent':
      case 'tracestate':
        break;
      case 'event_type':
        if (!isText(members[member], MAX_LENGTHS.eventType)) return null;
        break;
      case 'client_id':
      case 'tenant_id':
        if (!isText(members[member], MAX_LENGTHS.name)) return null;
        break;
      case 'event_id':
      case 'source':
        if (!isText(members[member], MAX_LENGTHS.identifier)) return null;
        break;
      case 'deliver_after':
        if (!isInstant(members[member])) return null;
        break;
      default:
        if (meantFor(member, members) !== undefined) return null;
        further ??= [];
        further.push(member);
    }
  }
  const complete =
    members['event_type'] !== undefined &&
    members['client_id'] !== undefined &&
    Object.hasOwn(members, 'message');
  return complete ? (further ?? NO_FURTHER) : null;
}

function meantFor(member: string, members: Members): string | undefined {
  return KNOWN.meant(member, (known) => Object.hasOwn(members, known));
}

function problemsOf(members: Members): string {
  const misspelt: string[] = [];
  for (const member in members) {
    if (misspelt.length >= MOST_PROBLEMS) break;
    const meant = meantFor(member, members);
    if (meant !== undefined && meant !== member)
      misspelt.push(`${storableText(member, 100)}: not a member of an event; ${meant} was probably meant`);
  }
  const parsed = plainEvent.safeParse(picked(members, Object.keys(plainEvent.shape)));
  return (parsed.success && misspelt.length > 0 ? misspelt : [sentence(parsed), ...misspelt]).join('; ');
}
