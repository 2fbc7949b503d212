import { binaryModeOf, decideBinaryMode } from './binary-mode.ts';
import { carriedBy } from './carried.ts';
import { bodyText } from './content-encoding.ts';
import { type Decoded, decodeBody, decodeElement } from './envelope.ts';
import type { ReceivedMessage } from './received.ts';

/** What of an SQS message decides what is in it. */
export type Encoded = Pick<ReceivedMessage, 'messageId' | 'body' | 'attributes' | 'systemAttributes'>;

/** What is to be known to decode a message. */
export interface Decoding {
  /** What a compressed body may expand to. */
  readonly maxExpandedBytes: number;
}

/** What an SQS message holds. */
export interface DecodedMessage {
  /** Never empty. Its texts are those of the message as it was sent: decoding it again with the same attributes gives the same. */
  readonly events: Decoded[];
  /** Of the body's text, expanded: about what holding the message takes. */
  readonly bytes: number;
}

const NONE: ReadonlySet<string> = new Set();

/** Decodes an SQS message: expands its body when it is compressed, then reads the events in it. Never throws. */
export function decodeMessage(message: Encoded, { maxExpandedBytes }: Decoding): DecodedMessage {
  const { body } = message;
  const expanded = bodyText(message, maxExpandedBytes);
  // What is kept of a whole body is what the sender sent, however it was compressed.
  const whole = { index: null, text: () => body };
  if (expanded.kind === 'refused') {
    const { refusal } = expanded;
    return { events: [{ ...whole, kind: 'refused', refusal, claims: {} }], bytes: body.length };
  }
  const events = decodeText(expanded.text, message);
  const asSent = expanded.text === body;
  return {
    events: asSent ? events : events.map((event) => (event.index === null ? { ...event, ...whole } : event)),
    bytes: expanded.bytes,
  };
}

function decodeText(text: string, { messageId, attributes, systemAttributes }: Encoded): Decoded[] {
  const mode = binaryModeOf(attributes);
  const carried = carriedBy(attributes, systemAttributes, mode?.names ?? NONE);
  if (mode === undefined) return decodeBody(text, messageId, carried);
  return [{ ...decideBinaryMode(text, mode, messageId, carried), index: null, text: () => text }];
}

/** One event of an array that was refused before, with the attributes of its message. */
export interface Element extends Pick<Encoded, 'body' | 'attributes' | 'systemAttributes'> {
  /** The id that it had then, of its own or not. */
  readonly eventId: string;
}

/** Decodes an event of an array again, from its own text. */
export function decodeAgain({ body, attributes, systemAttributes, eventId }: Element): Decoded {
  return decodeElement(body, eventId, carriedBy(attributes, systemAttributes, NONE));
}
