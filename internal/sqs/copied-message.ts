import type { Message, MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';

/** Batch limit of servers without the larger limits of 2025. A larger message is sent alone. */
const BATCH_BYTES = 262_144;

/** Splits at most ten messages into batches that each fit into one call. */
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

/** Turns received messages into entries of a send; the id of an entry is its position. */
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
      // A new id: with the original one, SQS would drop the message as a duplicate for five minutes.
      ...(fifo ? { MessageDeduplicationId: MessageId } : {}),
    };
  });
}

/** Drops the list values: SQS reserves and refuses them, and some servers return them empty. */
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
