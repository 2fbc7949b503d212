import { z } from 'zod';
import { DEFAULT_TENANT } from './claims.ts';
import { accepted, checkStorable, type Decision, type Members, refuse, sentence } from './decision.ts';
import type { EventClaims } from './event.ts';
import { got, identifier, isText, name, text, timestamp } from './fields.ts';
import { storableText } from './json.ts';
import { isRfc3339, withoutLeapSecond } from './time.ts';
import { trace } from './trace.ts';

/** CloudEvents 1.0, structured JSON, with the extension attributes tenantid, clientid and traceparent. */
export const cloudEvent = z.looseObject({
  specversion: z.literal('1.0', 'expected "1.0"'),
  id: identifier.exactOptional(),
  source: identifier,
  type: text(255),
  time: timestamp.exactOptional(),
  datacontenttype: text(255).exactOptional(),
  tenantid: name.exactOptional(),
  clientid: name,
  traceparent: z.string({ error: ({ input }) => `expected a text, ${got(input)}` }).exactOptional(),
  data_base64: z
    .string({ error: ({ input }) => `expected Base64 text, ${got(input)}` })
    .refine(isBase64, 'expected Base64 text (RFC 4648, with padding)')
    .exactOptional(),
});

const FIELDS: ReadonlySet<string> = new Set([...Object.keys(cloudEvent.shape), 'data']);

export function decideCloudEvent(
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

/** CloudEvents JSON format, 2.2: an attribute that is null is one that is not there. Null data is stored as null anyhow. */
export function withoutNulls(members: Members): Members {
  const names = Object.keys(members);
  const set = names.filter((member) => members[member] !== null);
  return set.length === names.length
    ? members
    : Object.fromEntries(set.map((member) => [member, members[member]]));
}

/** CloudEvents 1.0, "Naming conventions" and "Type system": what is neither data nor a field of ours. */
function extensionsOf(members: Members, exact: Members): { attributes: Members; problems: string[] } {
  const attributes: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const member of Object.keys(members)) {
    if (FIELDS.has(member)) continue;
    const value = members[member];
    if (!/^[a-z0-9]+$/.test(member)) {
      problems.push(
        `${storableText(member, 100)}: expected an attribute name of lower-case letters and digits (CloudEvents 1.0)`,
      );
    } else if (typeof value === 'object') {
      problems.push(`${storableText(member, 100)}: expected a text, a number or a boolean, ${got(value)}`);
    } else {
      attributes[member] = exact[member];
    }
  }
  return { attributes, problems };
}

/** Whether `cloudEvent` accepts it, as bare conditions. It says yes or no; the words for a no come from the schema. */
export function meetsCloudEvent(members: Members): members is z.infer<typeof cloudEvent> {
  const {
    specversion,
    id,
    source,
    type,
    time,
    datacontenttype,
    tenantid,
    clientid,
    traceparent,
    data_base64,
  } = members;
  return (
    specversion === '1.0' &&
    isText(source, 1024) &&
    isText(type, 255) &&
    isText(clientid, 128) &&
    (id === undefined || isText(id, 1024)) &&
    (tenantid === undefined || isText(tenantid, 128)) &&
    (time === undefined || (typeof time === 'string' && isRfc3339(time))) &&
    (datacontenttype === undefined || isText(datacontenttype, 255)) &&
    (traceparent === undefined || typeof traceparent === 'string') &&
    (data_base64 === undefined || (typeof data_base64 === 'string' && isBase64(data_base64)))
  );
}

/** RFC 4648, 4. Looks for what does not belong: a pattern of the whole would run out of stack on a long text. */
export function isBase64(value: string): boolean {
  const digits = value.length - (value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0);
  return value.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(value.slice(0, digits));
}
