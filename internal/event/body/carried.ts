import { MAX_LENGTHS } from '../limits.ts';
import { isEncodingName } from './content-encoding.ts';
import { storableText } from '../storable.ts';
import type { TextAttributes } from './message-attributes.ts';
import { isTraceparent } from '../trace.ts';

/** What comes along with a body and serves those of its events that bring none of it themselves. */
export interface Carried {
  /** W3C trace context, fit to be used. */
  readonly traceparent: string | null;
  /** Goes with the traceparent, and with no other. */
  readonly tracestate: string | null;
  /** JSON text of the SQS attributes to be kept with each event; null without any. */
  readonly sqsAttributes: string | null;
  /** The same for events that have a traceparent of their own: with the trace context that they do not take. */
  readonly sqsAttributesWithTrace: string | null;
}

export const NOTHING_CARRIED: Carried = {
  traceparent: null,
  tracestate: null,
  sqsAttributes: null,
  sqsAttributesWithTrace: null,
};

/** Of SQS's own attributes those that a producer gave it; the others are SQS's bookkeeping. */
const OF_THE_PRODUCER = ['MessageGroupId', 'AWSTraceHeader'] as const;

const MAX_NAME = 256;

/**
 * What the attributes of an SQS message carry.
 * @param usedUp names of message attributes that became part of the event itself
 */
export function carriedBy(
  attributes: TextAttributes,
  systemAttributes: TextAttributes,
  usedUp: ReadonlySet<string>,
): Carried {
  const system = systemMembers(systemAttributes);
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  let own = '';
  let trace = '';
  for (const name in attributes) {
    const value = attributes[name] as string;
    if (isLeftOut(name) || usedUp.has(name)) continue;
    const lower = name.toLowerCase();
    if (lower === 'traceparent') traceparent ??= isTraceparent(value) ? value : undefined;
    if (lower === 'tracestate') tracestate ??= value;
    if (lower === 'traceparent' || lower === 'tracestate') trace += member(name, value);
    else own += member(name, value);
  }
  if (system === '' && own === '' && trace === '') return NOTHING_CARRIED;
  const sqsAttributesWithTrace = objectOf(own + trace + system);
  if (traceparent === undefined)
    return { ...NOTHING_CARRIED, sqsAttributes: sqsAttributesWithTrace, sqsAttributesWithTrace };
  return {
    traceparent,
    tracestate: tracestate === undefined ? null : storableText(tracestate, MAX_LENGTHS.described),
    sqsAttributes: objectOf(own + system),
    sqsAttributesWithTrace,
  };
}

/** A content encoding says nothing of an event; what is named like one of SQS's own must not pass for it. */
function isLeftOut(name: string): boolean {
  return isEncodingName(name) || (OF_THE_PRODUCER as readonly string[]).includes(name);
}

function systemMembers(systemAttributes: TextAttributes): string {
  let members = '';
  for (const name of OF_THE_PRODUCER) {
    const value = systemAttributes[name];
    if (value !== undefined) members += member(name, value);
  }
  return members;
}

/** A comma and a member of a JSON object. */
function member(name: string, value: string): string {
  const kept = storableText(value, Number.POSITIVE_INFINITY);
  return `,${JSON.stringify(storableText(name, MAX_NAME))}:${JSON.stringify(kept)}`;
}

function objectOf(members: string): string | null {
  return members === '' ? null : `{${members.slice(1)}}`;
}
