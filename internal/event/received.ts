/** An SQS message as received. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** SQS system attributes and message attributes, by name. Binary values as base64. */
  readonly attributes: Readonly<Record<string, string>>;
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
