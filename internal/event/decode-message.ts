import { bodyText } from './content-encoding.ts';
import { type Decoded, decodeBody } from './envelope.ts';
import type { ReceivedMessage } from './received.ts';

/** What an SQS message holds. */
export interface DecodedMessage {
  /** Never empty. Its texts are those of the message as it was sent: decoding it again with the same attributes gives the same. */
  readonly events: Decoded[];
  /** Of the body's text, expanded: about what holding the message takes. */
  readonly bytes: number;
}

/** Decodes an SQS message: expands its body when it is compressed, then reads the events in it. Never throws. */
export function decodeMessage(
  message: Pick<ReceivedMessage, 'messageId' | 'body' | 'attributes'>,
  maxExpandedBytes: number,
): DecodedMessage {
  const { messageId, body } = message;
  const expanded = bodyText(message, maxExpandedBytes);
  // What is kept of a whole body is what the sender sent, however it was compressed.
  const whole = { index: null, text: () => body };
  if (expanded.kind === 'refused') {
    const { refusal } = expanded;
    return { events: [{ ...whole, kind: 'refused', refusal, claims: {} }], bytes: body.length };
  }
  const events = decodeBody(expanded.text, messageId);
  const asSent = expanded.text === body;
  return {
    events: asSent ? events : events.map((event) => (event.index === null ? { ...event, ...whole } : event)),
    bytes: expanded.bytes,
  };
}
