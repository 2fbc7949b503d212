import { isBase64 } from '../body/base64.ts';
import { z } from 'zod';
import { Attributes, timeOf, traceOf } from '../attributes.ts';
import type { Carried } from '../body/carried.ts';
import { claimsOfCloudEvent, DEFAULT_TENANT } from '../claims.ts';
import {
  checkStorable,
  type EventOrRefusal,
  type Members,
  MOST_PROBLEMS,
  picked,
  refuse,
  sentence,
} from '../event-or-refusal.ts';
import { instant, isInstant } from '../deliver-after.ts';
import { eventTypeName, got, identifier, isText, name, text } from '../names.ts';
import { MAX_LENGTHS } from '../limits.ts';
import { storableText } from '../storable.ts';
import { KnownNames } from '../misspelt.ts';
import { readTime } from '../time.ts';

/** CloudEvents 1.0, structured JSON, with the extension attributes tenantid, clientid and deliverafter. */
export const cloudEvent = z.looseObject({
  specversion: z.literal('1.0', 'expected "1.0"'),
  id: identifier.exactOptional(),
  source: identifier,
  type: eventTypeName,
  datacontenttype: text(MAX_LENGTHS.contentType).exactOptional(),
  tenantid: name.exactOptional(),
  clientid: name,
  deliverafter: instant,
  data_base64: z
    .string({ error: ({ input }) => `expected Base64 text, ${got(input)}` })
    .refine(isBase64, 'expected Base64 text (RFC 4648, with padding)')
    .exactOptional(),
});

type CloudEvent = z.infer<typeof cloudEvent>;

/** What only describes can hold anything: it never costs the event. */
const DESCRIBING = ['time', 'traceparent', 'tracestate'];
const FIELDS: ReadonlySet<string> = new Set([...Object.keys(cloudEvent.shape), ...DESCRIBING, 'data']);

/** Names that say where an event goes, and when: misspelt, they would be extensions, and it would go elsewhere or at once. */
const ROUTING = new KnownNames(['tenantid', 'clientid', 'deliverafter']);

/** Decides what has a specversion. */
export function decodeCloudEvent(
  given: Members,
  exact: Members,
  fallbackId: string,
  carried: Carried,
): EventOrRefusal {
  const members = withoutNulls(given);
  const attributes = new Attributes();
  const problems = problemsOf(members, exact, attributes);
  const claims = () => claimsOfCloudEvent(members, fallbackId);
  if (problems.length > 0) return refuse(claims(), 'invalid_envelope', problems.join('; '));
  const event = members as CloudEvent;
  const occurredAt = timeOf('time', members, exact, attributes);
  const { traceparent, sqsAttributes } = traceOf(members, exact, carried, attributes);
  const binary = event.data_base64 !== undefined;
  const field = binary ? 'data_base64' : 'data';
  const data = exact[field] ?? null;
  return checkStorable(
    {
      tenantId: event.tenantid ?? DEFAULT_TENANT,
      clientId: event.clientid,
      eventType: event.type,
      source: event.source,
      eventId: event.id ?? fallbackId,
      payload: JSON.stringify(data),
      payloadEncoding: binary ? 'base64' : null,
      contentType: event.datacontenttype ?? null,
      occurredAt,
      deliverAfter: event.deliverafter === undefined ? null : readTime(event.deliverafter),
      traceparent,
      attributes: attributes.json,
      sqsAttributes,
    },
    { field, exact: data },
    claims,
  );
}

/** What is wrong with an event; its extension attributes are kept in passing. */
function problemsOf(members: Members, exact: Members, attributes: Attributes): string[] {
  const problems = keepExtensions(members, exact, attributes);
  if (Object.hasOwn(members, 'data_base64') && Object.hasOwn(members, 'data'))
    problems.push('data and data_base64: expected only one of them');
  if (meetsCloudEvent(members)) return problems;
  return [sentence(cloudEvent.safeParse(picked(members, FIELDS))), ...problems];
}

/** CloudEvents JSON format, 2.2: an attribute that is null is one that is not there. Null data is stored as null anyhow. */
function withoutNulls(members: Members): Members {
  const names = Object.keys(members);
  const set = names.filter((member) => members[member] !== null);
  return set.length === names.length
    ? members
    : Object.fromEntries(set.map((member) => [member, members[member]]));
}

/** CloudEvents 1.0, "Naming conventions" and "Type system": what is neither data nor a field of ours. */
function keepExtensions(members: Members, exact: Members, attributes: Attributes): string[] {
  const problems: string[] = [];
  for (const member of Object.keys(members)) {
    if (FIELDS.has(member)) continue;
    if (problems.length >= MOST_PROBLEMS) break;
    const problem = extensionProblem(member, members);
    if (problem === null) attributes.keep(member, exact[member]);
    else problems.push(`${storableText(member, 100)}: ${problem}`);
  }
  return problems;
}

function extensionProblem(member: string, members: Members): string | null {
  if (!/^[a-z0-9]+$/.test(member))
    return 'expected an attribute name of lower-case letters and digits (CloudEvents 1.0)';
  const value = members[member];
  if (typeof value === 'object') return `expected a text, a number or a boolean, ${got(value)}`;
  const meant = ROUTING.meant(member, (known) => Object.hasOwn(members, known));
  return meant === undefined ? null : `${meant} was probably meant`;
}

/** Whether `cloudEvent` accepts it, as bare conditions. It says yes or no; the words for a no come from the schema. */
export function meetsCloudEvent(members: Members): members is CloudEvent & Members {
  const { specversion, id, source, type, datacontenttype, tenantid, clientid, deliverafter, data_base64 } =
    members;
  return (
    specversion === '1.0' &&
    isText(source, MAX_LENGTHS.identifier) &&
    isText(type, MAX_LENGTHS.eventType) &&
    isText(clientid, MAX_LENGTHS.name) &&
    (id === undefined || isText(id, MAX_LENGTHS.identifier)) &&
    (tenantid === undefined || isText(tenantid, MAX_LENGTHS.name)) &&
    (deliverafter === undefined || isInstant(deliverafter)) &&
    (datacontenttype === undefined || isText(datacontenttype, MAX_LENGTHS.contentType)) &&
    (data_base64 === undefined || (typeof data_base64 === 'string' && isBase64(data_base64)))
  );
}
