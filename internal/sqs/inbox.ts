import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type TextAttributes, textOfBinary } from '../event/body/message-attributes.ts';
import type { Inbox, Receipt, ReceiptFailure, ReceivedMessage } from '../processor/ports.ts';
import type { BatchAnswer, SqsTransport, WireMessage } from './transport/calls.ts';

const DEFAULT_RECEIVE_SILENCE_MS = 10_000;
const ANSWER_MS = 10_000;

/** Error codes of a batch entry that a retry cannot fix. */
const FINAL_CODES = /ReceiptHandleIsInvalid|InvalidParameterValue|MessageNotInflight|InvalidIdFormat/;

interface InboxParts {
  /** Long polls hold its connections; deletes must not wait for them, hence two transports. */
  readonly receiving: SqsTransport;
  readonly acknowledging: SqsTransport;
  /** For infrequent calls. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Name of the queue. */
  readonly queue: string;
  readonly visibilityTimeoutSeconds: number;
  /** Silence allowed after WaitTimeSeconds before a poll counts as hung (half-open connection). */
  readonly receiveSilenceMs?: number;
}

/** SQS's limit of entries in a batch call and of messages in a receive. */
const ENTRIES_PER_CALL = 10;

/** SQS hides a message for at most 12 hours. */
const MAX_VISIBILITY_TIMEOUT_SECONDS = 43_200;

/** One SQS queue as the processor's inbox. */
export class SqsInbox implements Inbox {
  readonly queue: string;
  readonly messagesPerCall = ENTRIES_PER_CALL;
  readonly #parts: InboxParts;
  /** On a standard queue a message group only names the tenant: its messages have no order. */
  readonly #fifo: boolean;

  constructor(parts: InboxParts) {
    this.queue = parts.queue;
    this.#parts = parts;
    // SQS requires this suffix for FIFO queues and allows it for no others.
    this.#fifo = parts.queue.endsWith('.fifo');
  }

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
    return (answer.Messages ?? []).map((message) => toReceivedMessage(message, this.#fifo));
  }

  acknowledge(receipts: readonly Receipt[], signal: AbortSignal): Promise<ReceiptFailure[]> {
    const { acknowledging, queueUrl: QueueUrl } = this.#parts;
    const limits = { signal, timeoutMs: ANSWER_MS };
    return inCalls(receipts, (some) =>
      acknowledging.call('DeleteMessageBatch', { QueueUrl, Entries: entriesOf(some) }, limits),
    );
  }

  changeVisibility(
    receipts: readonly Receipt[],
    seconds: number,
    signal: AbortSignal,
  ): Promise<ReceiptFailure[]> {
    const { acknowledging, queueUrl: QueueUrl } = this.#parts;
    const limits = { signal, timeoutMs: ANSWER_MS };
    const VisibilityTimeout = Math.min(seconds, MAX_VISIBILITY_TIMEOUT_SECONDS);
    return inCalls(receipts, (some) => {
      const Entries = entriesOf(some).map((entry) => ({ ...entry, VisibilityTimeout }));
      return acknowledging.call('ChangeMessageVisibilityBatch', { QueueUrl, Entries }, limits);
    });
  }

  /** Returns the approximate number of messages in the queue: visible, in flight anywhere, or delayed. */
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

/** Shared, because nearly all messages have none. */
const NO_ATTRIBUTES: TextAttributes = {};

function toReceivedMessage(message: WireMessage, fifo: boolean): ReceivedMessage {
  const { MessageId, ReceiptHandle, Body, Attributes = NO_ATTRIBUTES, MessageAttributes } = message;
  if (MessageId === undefined || ReceiptHandle === undefined) {
    throw new Error('SQS returned a message without MessageId or ReceiptHandle');
  }
  return {
    sqsMessageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body ?? '',
    attributes: MessageAttributes === undefined ? NO_ATTRIBUTES : textsOf(MessageAttributes),
    systemAttributes: Attributes,
    receiveCount: Number(Attributes['ApproximateReceiveCount'] ?? 1),
    sentAtMs: Number(Attributes['SentTimestamp']) || undefined,
    group: fifo ? Attributes['MessageGroupId'] : undefined,
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

/** Entry ids are positions: they must be unique within a batch, and MessageIds may repeat. */
function entriesOf(receipts: readonly Receipt[]): { Id: string; ReceiptHandle: string }[] {
  return receipts.map(({ receiptHandle }, i) => ({ Id: String(i), ReceiptHandle: receiptHandle }));
}

/**
 * Splits the receipts into concurrent calls. Returns the entries that failed; those of a failed call are retryable.
 * @throws the error of the first call, when all calls failed
 */
async function inCalls(
  receipts: readonly Receipt[],
  call: (some: readonly Receipt[]) => Promise<BatchAnswer>,
): Promise<ReceiptFailure[]> {
  if (receipts.length <= ENTRIES_PER_CALL) return failuresOf(receipts, await call(receipts));
  const batches = Array.from({ length: Math.ceil(receipts.length / ENTRIES_PER_CALL) }, (_, i) =>
    receipts.slice(i * ENTRIES_PER_CALL, (i + 1) * ENTRIES_PER_CALL),
  );
  const answers = await Promise.allSettled(batches.map(call));
  const [first] = answers;
  if (first?.status === 'rejected' && answers.every(({ status }) => status === 'rejected'))
    throw first.reason;
  return answers.flatMap((answer, i) => {
    const batch = batches[i] ?? [];
    if (answer.status === 'fulfilled') return failuresOf(batch, answer.value);
    const error = String(answer.reason);
    return batch.map(({ sqsMessageId }) => ({ sqsMessageId, retryable: true, error }));
  });
}

function failuresOf(receipts: readonly Receipt[], { Failed }: BatchAnswer): ReceiptFailure[] {
  return (Failed ?? []).flatMap(({ Id, Code = '', Message = '', SenderFault }) => {
    const receipt = receipts[Number(Id)];
    if (receipt === undefined) return [];
    const final = SenderFault === true || FINAL_CODES.test(Code);
    return [{ sqsMessageId: receipt.sqsMessageId, retryable: !final, error: `${Code} ${Message}`.trim() }];
  });
}
