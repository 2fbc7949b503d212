import type { Message, MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';

/** What a batch may hold where the limits of 2025 have not arrived; a larger message goes alone. */
const BATCH_BYTES = 262_144;

/** Splits messages, at most ten of them, so that each part may be sent in one call. */
export function inBatches(messages: readonly Message[]): Message[][] {
  const batches: Message[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = sizeOf(message);
    if (bytes + size > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(message);
    bytes += size;
  }
  return batches;
}

/** SQS counts names, types and values of attributes along with the body. */
function sizeOf({ Body = '', MessageAttributes = {} }: Message): number {
  let bytes = Buffer.byteLength(Body);
  for (const [name, { DataType = '', StringValue = '', BinaryValue }] of Object.entries(MessageAttributes)) {
    bytes += Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.byteLength ?? 0);
  }
  return bytes;
}

/** Received messages as entries of a send; the id of an entry is its position. */
export function entriesOf(messages: readonly Message[], fifo: boolean): SendMessageBatchRequestEntry[] {
  return messages.map(({ Body, MessageId, MessageAttributes = {}, Attributes = {} }, i) => {
    const { AWSTraceHeader, MessageGroupId } = Attributes;
    const trace = AWSTraceHeader && { DataType: 'String', StringValue: AWSTraceHeader };
    return {
      Id: String(i),
      MessageBody: Body,
      ...(Object.keys(MessageAttributes).length > 0
        ? { MessageAttributes: withoutEmpty(MessageAttributes) }
        : {}),
      ...(trace ? { MessageSystemAttributes: { AWSTraceHeader: trace } } : {}),
      ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
      // Not the one it was sent with: within five minutes SQS would take the message for that one and drop it.
      ...(fifo ? { MessageDeduplicationId: MessageId } : {}),
    };
  });
}

/** The lists are reserved by SQS: it refuses them, and some servers answer them empty. */
function withoutEmpty(
  attributes: Record<string, MessageAttributeValue>,
): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        DataType,
        ...(StringValue === undefined ? {} : { StringValue }),
        ...(BinaryValue === undefined ? {} : { BinaryValue }),
      },
    ]),
  );
}
