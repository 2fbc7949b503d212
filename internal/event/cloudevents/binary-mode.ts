import type { Carried } from '../body/carried.ts';
import { claimsOfCloudEvent } from '../claims.ts';
import { decodeCloudEvent } from './cloudevents.ts';
import { type EventOrRefusal, type Members, refuse } from '../event-or-refusal.ts';
import { storableText } from '../storable.ts';
import type { TextAttributes } from '../body/message-attributes.ts';
import { readJson, readWhole } from '../json/read.ts';
import { isJson } from '../media-type.ts';

/** A CloudEvent whose attributes came as SQS message attributes, and its data as the body. */
export interface BinaryMode {
  /** Context attributes by their names in CloudEvents. */
  readonly members: TextAttributes;
  /** Names of the message attributes that these came in. */
  readonly names: ReadonlySet<string>;
  readonly problems: readonly string[];
}

/** As HTTP and Kafka name them (`ce-id`, `ce_id`), and AMQP (`cloudEvents:id`, `cloudEvents_id`). */
const CONTEXT_ATTRIBUTE = /^(?:ce[-_]|cloudevents[:_])(.+)$/i;
const CONTENT_TYPE = /^content[-_]?type$/i;

/** Then the body is an event, or a batch of them, with its attributes in it. */
const STRUCTURED = /^application\/cloudevents/i;

/** Undefined without a `specversion` among the attributes, which says that it is this. */
export function binaryModeOf(attributes: TextAttributes): BinaryMode | undefined {
  if (Object.keys(attributes).length === 0) return undefined; // nearly all messages: nothing is made for them
  const members = new Map<string, string>();
  const names = new Set<string>();
  const problems: string[] = [];
  for (const name in attributes) {
    const attribute = CONTENT_TYPE.test(name) ? 'datacontenttype' : CONTEXT_ATTRIBUTE.exec(name)?.[1];
    if (attribute === undefined) continue;
    const problem = take(attribute.toLowerCase(), attributes[name] as string, members);
    if (problem !== null) problems.push(problem);
    names.add(name);
  }
  if (!members.has('specversion') || STRUCTURED.test(members.get('datacontenttype') ?? '')) return undefined;
  return { members: Object.fromEntries(members), names, problems };
}

function take(attribute: string, value: string, members: Map<string, string>): string | null {
  if (attribute === 'data' || attribute === 'data_base64')
    return `${attribute}: not an attribute; in binary mode the body is the data`;
  const known = members.get(attribute);
  members.set(attribute, value);
  return known === undefined || known === value
    ? null
    : `${storableText(attribute, 100)}: given more than once, with different values`;
}

/** CloudEvents 1.0, binary content mode: the body is the data, JSON unless its content type says otherwise. */
export function decodeBinaryMode(
  body: string,
  { members, problems }: BinaryMode,
  fallbackId: string,
  carried: Carried,
): EventOrRefusal {
  if (problems.length > 0)
    return refuse(claimsOfCloudEvent(members, fallbackId), 'invalid_envelope', problems.join('; '));
  const contentType = members['datacontenttype'];
  if (contentType !== undefined && !isJson(contentType))
    return decideWith(members, body, fallbackId, carried);
  const data = readWhole(readJson(body, 'the data'));
  if (data.kind !== 'json')
    return { kind: 'refused', refusal: data.refusal, claims: claimsOfCloudEvent(members, fallbackId) };
  return decideWith(members, data.exact, fallbackId, carried);
}

function decideWith(members: Members, data: unknown, fallbackId: string, carried: Carried): EventOrRefusal {
  const event = { ...members, data };
  return decodeCloudEvent(event, event, fallbackId, carried);
}
