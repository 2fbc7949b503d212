import { isUtf8 } from 'node:buffer';

/** SQS message attributes, or SQS's own, by name. */
export type TextAttributes = Readonly<Record<string, string>>;

/** Characters of the names and values. */
export function sizeOfAttributes(attributes: TextAttributes): number {
  let size = 0;
  for (const name in attributes) size += name.length + (attributes[name] as string).length;
  return size;
}

/** Those whose text this product reads: CloudEvents in binary mode, content type and encoding, W3C trace context. */
const READ_AS_TEXT = /^(?:ce[-_]|cloudevents[:_]|content[-_]?(?:type|encoding)$|trace(?:parent|state)$)/i;

/**
 * The text that stands for the bytes of a Binary attribute: their Base64, which is also CloudEvents' text of a binary
 * value. Where a text is read some senders give its bytes: then they are their text in UTF-8.
 */
export function textOfBinary(name: string, value: Uint8Array): string {
  const bytes = Buffer.from(value);
  return READ_AS_TEXT.test(name) && isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('base64');
}

/** What SQS gives to a message itself (ReceiveMessage, MessageSystemAttributeNames). */
const SYSTEM_NAMES: ReadonlySet<string> = new Set([
  'AWSTraceHeader',
  'ApproximateFirstReceiveTimestamp',
  'ApproximateReceiveCount',
  'DeadLetterQueueSourceArn',
  'MessageDeduplicationId',
  'MessageGroupId',
  'SenderId',
  'SentTimestamp',
  'SequenceNumber',
]);

/** Tells the sender's attributes from SQS's own where they were kept together. */
export function splitAttributes(merged: TextAttributes): {
  attributes: TextAttributes;
  systemAttributes: TextAttributes;
} {
  const entries = Object.entries(merged);
  return {
    attributes: Object.fromEntries(entries.filter(([name]) => !SYSTEM_NAMES.has(name))),
    systemAttributes: Object.fromEntries(entries.filter(([name]) => SYSTEM_NAMES.has(name))),
  };
}
