import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Receipt, ReceiptFailure, ReceivedMessage } from '../event/received.ts';

const DEFAULT_RECEIVE_SILENCE_MS = 10_000;

/** Errors of a batch entry that asking again cannot mend. */
const FINAL_CODES = /ReceiptHandleIsInvalid|InvalidParameterValue|MessageNotInflight|InvalidIdFormat/;

export interface InboxParts {
  /** Long polls hold its connections; they must not keep deletes waiting, hence two clients. */
  readonly receiveClient: SQSClient;
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
    const { receiveClient, queueUrl, visibilityTimeoutSeconds } = this.#parts;
    const patienceMs = waitSeconds * 1000 + (this.#parts.receiveSilenceMs ?? DEFAULT_RECEIVE_SILENCE_MS);
    const patience = AbortSignal.timeout(patienceMs);
    const receive = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: maxMessages,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: visibilityTimeoutSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    try {
      const answer = await receiveClient.send(receive, { abortSignal: AbortSignal.any([signal, patience]) });
      return (answer.Messages ?? []).map(toReceivedMessage);
    } catch (error) {
      if (signal.aborted || !patience.aborted) throw error;
      throw new Error(`SQS did not answer a long poll of ${waitSeconds} s within ${patienceMs} ms`, {
        cause: error,
      });
    }
  }

  /** Deletes at most 10 messages; answers the entries that failed. */
  async acknowledge(receipts: readonly Receipt[], signal: AbortSignal): Promise<ReceiptFailure[]> {
    const answer = await this.#parts.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#parts.queueUrl,
        Entries: receipts.map(({ receiptHandle }, i) => ({ Id: String(i), ReceiptHandle: receiptHandle })),
      }),
      { abortSignal: signal },
    );
    return failuresOf(receipts, answer.Failed);
  }

  /** Makes at most 10 messages invisible for so many seconds from now; 0 gives them back at once. */
  async changeVisibility(
    receipts: readonly Receipt[],
    seconds: number,
    signal: AbortSignal,
  ): Promise<ReceiptFailure[]> {
    const answer = await this.#parts.client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.#parts.queueUrl,
        Entries: receipts.map(({ receiptHandle }, i) => ({
          Id: String(i),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        })),
      }),
      { abortSignal: signal },
    );
    return failuresOf(receipts, answer.Failed);
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

function toReceivedMessage(message: Message): ReceivedMessage {
  const { MessageId, ReceiptHandle, Body, Attributes = {}, MessageAttributes = {} } = message;
  if (MessageId === undefined || ReceiptHandle === undefined) {
    throw new Error('SQS answered a message without MessageId or ReceiptHandle');
  }
  const own = Object.entries(MessageAttributes).map(
    ([name, { StringValue, BinaryValue }]): [string, string] => [
      name,
      StringValue ?? Buffer.from(BinaryValue ?? []).toString('base64'),
    ],
  );
  // SQS's own attributes come last: a sender cannot pass for another, nor change when a message was sent.
  const attributes: Record<string, string> = Object.fromEntries([...own, ...Object.entries(Attributes)]);
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body ?? '',
    attributes,
    receiveCount: Number(Attributes.ApproximateReceiveCount ?? 1),
  };
}

/** Entry ids are positions: MessageIds may repeat within a batch, and ids of a batch must not. */
function failuresOf(
  receipts: readonly Receipt[],
  failed: readonly BatchResultErrorEntry[] | undefined,
): ReceiptFailure[] {
  return (failed ?? []).flatMap(({ Id, Code = '', Message = '', SenderFault }) => {
    const receipt = receipts[Number(Id)];
    if (receipt === undefined) return [];
    const final = SenderFault === true || FINAL_CODES.test(Code);
    return [{ messageId: receipt.messageId, retryable: !final, error: `${Code} ${Message}`.trim() }];
  });
}
