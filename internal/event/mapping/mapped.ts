import { hash } from 'node:crypto';
import { Attributes, traceOf } from '../attributes.ts';
import type { Carried } from '../body/carried.ts';
import { DEFAULT_TENANT, storableClaims } from '../claims.ts';
import { checkStorable, type EventOrRefusal, refuse } from '../event-or-refusal.ts';
import { notAnInstant } from '../deliver-after.ts';
import { got, isText } from '../names.ts';
import { MAX_LENGTHS } from '../limits.ts';
import { keepable } from '../json/kept.ts';
import { type MappingValue, type Subject, takeText, takeValue } from './value.ts';
import type { Mapping, MappingValueName } from './mapping.ts';
import { numberSource } from '../json/number.ts';
import { readTime } from '../time.ts';
import { Unread } from '../json/unread.ts';

const NONE = {};

/**
 * The event that a mapping makes of what it matches. Where it goes and what it holds must be there; an id, a source or a time
 * that is not costs nothing.
 */
export function decodeMapped(
  mapping: Mapping,
  subject: Subject,
  fallbackId: string,
  carried: Carried,
): EventOrRefusal {
  const { values } = mapping;
  const text = (name: MappingValueName) => {
    const value = values[name];
    return value === undefined ? undefined : takeText(value, subject);
  };
  const eventType = text('type');
  const named = {
    tenantId: text('tenant') ?? (values.tenant === undefined ? DEFAULT_TENANT : undefined),
    clientId: text('client'),
    eventType,
    source: text('source') ?? eventType,
    eventId: shortened(text('id')) ?? fallbackId,
  };
  const found = values.payload === undefined ? subject.exact : takeValue(values.payload, subject);
  const claims = () => storableClaims(named);
  const problems = problemsOf(named, mapping);
  if (found === undefined) problems.push(nowhere('payload', values.payload as MappingValue));
  const deliverAfter = deliverAfterOf(values.deliverAfter, subject, problems);
  if (problems.length > 0)
    return refuse(claims(), 'invalid_envelope', `mapping ${mapping.name}: ${problems.join('; ')}`);
  const payload = wholePayload(found);
  if (typeof payload === 'string')
    return refuse(claims(), 'unstorable', `mapping ${mapping.name}: the payload ${payload}`);
  const attributes = new Attributes();
  attributes.keep('mapping', mapping.name);
  const occurredAt = timeOf(values.time, subject, attributes);
  const { traceparent, sqsAttributes } = traceOf(NONE, NONE, carried, attributes);
  return checkStorable(
    {
      ...(named as Required<{ [name in keyof typeof named]: string }>),
      payload: JSON.stringify(payload.exact),
      payloadEncoding: null,
      contentType: null,
      occurredAt,
      deliverAfter,
      traceparent,
      attributes: attributes.json,
      sqsAttributes,
    },
    { field: 'the payload', exact: payload.exact },
    claims,
  );
}

/** Or why it is not read. */
function wholePayload(found: unknown): { readonly exact: unknown } | string {
  return found instanceof Unread ? found.whole() : { exact: found };
}

/** Those that every event must have, and what each may be long. */
const REQUIRED = [
  ['type', 'eventType', MAX_LENGTHS.eventType],
  ['client', 'clientId', MAX_LENGTHS.name],
  ['tenant', 'tenantId', MAX_LENGTHS.name],
  ['source', 'source', MAX_LENGTHS.identifier],
] as const;

function problemsOf(
  named: Readonly<Record<(typeof REQUIRED)[number][1], string | undefined>>,
  { values }: Mapping,
): string[] {
  return REQUIRED.flatMap(([name, field, maxLength]) => {
    const value = values[name];
    const text = named[field];
    // Without a value of its own it is the default tenant, or as long as the type.
    if (value === undefined) return [];
    if (text === undefined) return [nowhere(name, value)];
    const expected = `expected a text of 1 to ${maxLength} characters, ${got(text)}`;
    return isText(text, maxLength) ? [] : [`${name} from ${value.source}: ${expected}`];
  });
}

function nowhere(name: string, value: MappingValue): string {
  return `${name}: ${value.source} leads to nothing that can be one`;
}

/** Ids are made of several parts at times, each of which may be long: the keys of S3 are. */
function shortened(id: string | undefined): string | undefined {
  if (id === undefined || id.length <= MAX_LENGTHS.identifier) return id;
  return `sha-256:${hash('sha256', id, 'hex')}`;
}

/** The instant before which the event must not be delivered; null where there is nothing. What is none is a problem. */
function deliverAfterOf(
  value: MappingValue | undefined,
  subject: Subject,
  problems: string[],
): string | null {
  const exact = value === undefined ? undefined : takeValue(value, subject);
  if (value === undefined || exact === undefined) return null;
  const time = readExact(exact);
  if (time === null) problems.push(`deliver_after from ${value.source}: ${notAnInstant(plainValue(exact))}`);
  return time;
}

/** The instant; what is none is kept. */
function timeOf(value: MappingValue | undefined, subject: Subject, attributes: Attributes): string | null {
  const exact = value === undefined ? undefined : takeValue(value, subject);
  if (exact === undefined) return null;
  const time = readExact(exact);
  if (time === null) attributes.keep('time', keepable(exact instanceof Unread ? exact.text : exact));
  return time;
}

function readExact(exact: unknown): string | null {
  return readTime(plainValue(exact));
}

/** A number as JavaScript has it. */
function plainValue(exact: unknown): unknown {
  const source = numberSource(exact);
  return source === null ? exact : Number(source);
}
