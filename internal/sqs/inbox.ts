import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type TextAttributes, textOfBinary } from '../event/body/message-attributes.ts';
import type { Receipt, ReceiptFailure, ReceivedMessage } from '../processor/ports.ts';
import type { BatchAnswer, SqsTransport, WireMessage } from './transport/calls.ts';

const DEFAULT_RECEIVE_SILENCE_MS = 10_000;
const ANSWER_MS = 10_000;

/** Errors of a batch entry that asking again cannot mend. */
const FINAL_CODES = /ReceiptHandleIsInvalid|InvalidParameterValue|MessageNotInflight|InvalidIdFormat/;

export interface InboxParts {
  /** Long polls hold its connections; they must not keep deletes waiting, hence two transports. */
  readonly receiving: SqsTransport;
  readonly acknowledging: SqsTransport;
  /** For the calls that are seldom made. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Name of the queue. */
  readonly queue: string;
  readonly visibilityTimeoutSeconds: number;
  /** A long poll that is not answered so long after its wait hangs: a connection died without a word. */
  readonly receiveSilenceMs?: number;
}

/** One SQS queue as the pipeline's inbox. */
export class SqsInbox {
  readonly queue: string;
  readonly #parts: InboxParts;

  constructor(parts: InboxParts) {
    this.queue = parts.queue;
    this.#parts = parts;
  }

  /** Long poll for 1 to `maxMessages` (at most 10) messages; an empty array when none came. */
  async receive(maxMessages: number, waitSeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]> {
    const { receiving, queueUrl, visibilityTimeoutSeconds, receiveSilenceMs } = this.#parts;
    const answer = await receiving.call(
      'ReceiveMessage',
      {
        QueueUrl: queueUrl,
        MaxNumberOfMessages: maxMessages,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilityTimeoutSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      },
      { signal, timeoutMs: waitSeconds * 1000 + (receiveSilenceMs ?? DEFAULT_RECEIVE_SILENCE_MS) },
    );
    return (answer.Messages ?? []).map(toReceivedMessage);
  }

  /** Deletes at most 10 messages; answers the entries that failed. */
  async acknowledge(receipts: readonly Receipt[], signal: AbortSignal): Promise<ReceiptFailure[]> {
    const { acknowledging, queueUrl } = this.#parts;
    const answer = await acknowledging.call(
      'DeleteMessageBatch',
      {
        QueueUrl: queueUrl,
        Entries: receipts.map(({ receiptHandle }, i) => ({ Id: String(i), ReceiptHandle: receiptHandle })),
      },
      { signal, timeoutMs: ANSWER_MS },
    );
    return failuresOf(receipts, answer);
  }

  /** Makes at most 10 messages invisible for so many seconds from now; 0 gives them back at once. */
  async changeVisibility(
    receipts: readonly Receipt[],
    seconds: number,
    signal: AbortSignal,
  ): Promise<ReceiptFailure[]> {
    const { acknowledging, queueUrl } = this.#parts;
    const answer = await acknowledging.call(
      'ChangeMessageVisibilityBatch',
      {
        QueueUrl: queueUrl,
        Entries: receipts.map(({ receiptHandle }, i) => ({
          Id: String(i),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        })),
      },
      { signal, timeoutMs: ANSWER_MS },
    );
    return failuresOf(receipts, answer);
  }

  /** About how many messages the queue holds: visible, in flight anywhere, or delayed. */
  async remaining(signal: AbortSignal): Promise<number> {
    const { Attributes = {} } = await this.#parts.client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#parts.queueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
      { abortSignal: signal },
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }
}

/** Nearly all messages have none. */
const NO_ATTRIBUTES: TextAttributes = {};

function toReceivedMessage(message: WireMessage): ReceivedMessage {
  const { MessageId, ReceiptHandle, Body, Attributes = NO_ATTRIBUTES, MessageAttributes } = message;
  if (MessageId === undefined || ReceiptHandle === undefined) {
    throw new Error('SQS answered a message without MessageId or ReceiptHandle');
  }
  return {
    sqsMessageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body ?? '',
    attributes: MessageAttributes === undefined ? NO_ATTRIBUTES : textsOf(MessageAttributes),
    systemAttributes: Attributes,
    receiveCount: Number(Attributes['ApproximateReceiveCount'] ?? 1),
  };
}

function textsOf(attributes: NonNullable<WireMessage['MessageAttributes']>): TextAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue, BinaryValue = '' }]) => [
      name,
      StringValue ?? textOfBinary(name, bytesOf(BinaryValue)),
    ]),
  );
}

function bytesOf(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : value;
}

/** Entry ids are positions: MessageIds may repeat within a batch, and ids of a batch must not. */
function failuresOf(receipts: readonly Receipt[], { Failed }: BatchAnswer): ReceiptFailure[] {
  return (Failed ?? []).flatMap(({ Id, Code = '', Message = '', SenderFault }) => {
    const receipt = receipts[Number(Id)];
    if (receipt === undefined) return [];
    const final = SenderFault === true || FINAL_CODES.test(Code);
    return [{ sqsMessageId: receipt.sqsMessageId, retryable: !final, error: `${Code} ${Message}`.trim() }];
  });
}
