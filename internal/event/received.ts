import type { TextAttributes } from './body/message-attributes.ts';

/** An SQS message as received. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** Message attributes: what its sender says of it. */
  readonly attributes: TextAttributes;
  /** What SQS itself says of it: SentTimestamp, MessageGroupId, AWSTraceHeader and so on. */
  readonly systemAttributes: TextAttributes;
  /** ApproximateReceiveCount, 1 at the first receive. */
  readonly receiveCount: number;
}

/** What names a received message towards SQS. */
export interface Receipt {
  readonly messageId: string;
  readonly receiptHandle: string;
}

/**
 * One entry that SQS did not carry out. `retryable` is false where asking again cannot help
 * (a stale or invalid receipt handle): the message comes again, or is gone already.
 */
export interface ReceiptFailure {
  readonly messageId: string;
  readonly retryable: boolean;
  readonly error: string;
}
