import { type BinaryMode, binaryModeOf, decodeBinaryMode } from '../cloudevents/binary-mode.ts';
import { carriedBy } from './carried.ts';
import { bodyText, isCompressed } from './content-encoding.ts';
import {
  type Decoded,
  type DecodedInSteps,
  decodedOf,
  eachDecoded,
  refused,
  type Surroundings,
} from './decoded.ts';
import { decodeBodyInSteps, decodeElement, elsewhere, malformed } from './envelope.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { payloadPointerInText } from './payload-pointer.ts';
import type { TextAttributes } from './message-attributes.ts';

/** What of an SQS message decides what is in it. */
export interface Encoded {
  readonly sqsMessageId: string;
  readonly body: string;
  /** Message attributes: what the sender says of it. */
  readonly attributes: TextAttributes;
  /** What SQS says of it. */
  readonly systemAttributes: TextAttributes;
}

/** What is to be known to decode a message. */
export interface Decoding {
  /** What a compressed body may expand to. */
  readonly maxExpandedBytes: number;
  /** Name of the queue it came from. */
  readonly queue: string;
  /** In the order in which they are tried. */
  readonly mappings: readonly Mapping[];
}

/** What an SQS message holds. */
export interface DecodedMessage {
  /** Never empty. Its texts are those of the message as it was sent: decoding it again with the same attributes gives the same. */
  readonly events: Decoded[];
  /** Of the body's text, expanded: about what holding the message takes. */
  readonly bytes: number;
}

/** The same, with events that are decoded when they are asked for. */
export interface DecodingMessage extends Pick<DecodedMessage, 'bytes'> {
  readonly events: DecodedInSteps;
}

const NONE: ReadonlySet<string> = new Set();

/** Decodes an SQS message at once. Never throws. */
export function decodeMessage(message: Encoded, decoding: Decoding, fetched?: string): DecodedMessage {
  const { events, bytes } = decodeInSteps(message, decoding, fetched);
  try {
    return { events: decodedOf(events), bytes };
  } catch (error) {
    return { events: [malformed(error, () => message.body)], bytes };
  }
}

/**
 * Decodes an SQS message: expands its body when it is compressed, then reads the events in it. Its steps may throw a
 * MalformedError: then `malformed` is what becomes of the message, and what was decoded of it before counts for nothing.
 * @param fetched the body, where an earlier look found that it is elsewhere
 */
export function decodeInSteps(message: Encoded, decoding: Decoding, fetched?: string): DecodingMessage {
  const { body, attributes } = message;
  const mode = binaryModeOf(attributes);
  // Then nothing of the body is read as JSON, so that a pointer in its place has to be looked for.
  const pointer = mode !== undefined || isCompressed(message) ? payloadPointerInText(body) : undefined;
  if (pointer !== undefined && fetched === undefined)
    return { events: [elsewhere(pointer, () => body)], bytes: body.length };
  const expanded = bodyText(
    pointer === undefined ? message : { attributes, body: fetched as string },
    decoding.maxExpandedBytes,
  );
  if (expanded.kind === 'refused') {
    const { reason, detail } = expanded.refusal;
    return { events: [refused(reason, detail, () => body)], bytes: body.length };
  }
  const rest = pointer === undefined && fetched !== undefined ? { fetched } : {};
  const events = decodeText(expanded.text, message, { ...decoding, ...rest }, mode);
  // What is kept of a whole body is what the sender sent, however it was compressed.
  const whole = { index: null, text: () => body };
  const asSent = expanded.text === body;
  return {
    events: asSent
      ? events
      : eachDecoded(events, (event) => (event.index === null ? { ...event, ...whole } : event)),
    bytes: expanded.bytes + (fetched?.length ?? 0),
  };
}

function decodeText(
  text: string,
  { sqsMessageId, attributes, systemAttributes }: Encoded,
  { queue, mappings, fetched }: Pick<Surroundings, 'queue' | 'mappings' | 'fetched'>,
  mode: BinaryMode | undefined,
): DecodedInSteps {
  const carried = carriedBy(attributes, systemAttributes, mode?.names ?? NONE);
  if (mode !== undefined)
    return [{ ...decodeBinaryMode(text, mode, sqsMessageId, carried), index: null, text: () => text }];
  const around = { carried, queue, attributes, mappings };
  return decodeBodyInSteps(text, sqsMessageId, fetched === undefined ? around : { ...around, fetched });
}

/** One event of an array that was refused before, with the attributes of its message. */
interface Element extends Omit<Encoded, 'sqsMessageId'> {
  /** The id that it had then, of its own or not. */
  readonly eventId: string;
}

/** Decodes an event of an array again, from its own text. */
export function decodeAgain(
  element: Element,
  { queue, mappings }: Pick<Decoding, 'queue' | 'mappings'>,
): Decoded {
  const { body, attributes, systemAttributes, eventId } = element;
  const carried = carriedBy(attributes, systemAttributes, NONE);
  return decodeElement(body, eventId, { carried, queue, attributes, mappings });
}
