/** The calls that are made for every batch of messages, with the names of the SQS API. */
export interface HotCalls {
  readonly ReceiveMessage: {
    readonly input: {
      readonly QueueUrl: string;
      readonly MaxNumberOfMessages: number;
      readonly WaitTimeSeconds: number;
      readonly VisibilityTimeout: number;
      readonly MessageSystemAttributeNames: readonly ['All'];
      readonly MessageAttributeNames: readonly ['All'];
    };
    readonly output: { readonly Messages?: readonly WireMessage[] };
  };
  readonly DeleteMessageBatch: {
    readonly input: {
      readonly QueueUrl: string;
      readonly Entries: readonly { readonly Id: string; readonly ReceiptHandle: string }[];
    };
    readonly output: BatchAnswer;
  };
  readonly ChangeMessageVisibilityBatch: {
    readonly input: {
      readonly QueueUrl: string;
      readonly Entries: readonly {
        readonly Id: string;
        readonly ReceiptHandle: string;
        readonly VisibilityTimeout: number;
      }[];
    };
    readonly output: BatchAnswer;
  };
}

export type HotAction = keyof HotCalls;

export interface WireMessage {
  readonly MessageId?: string;
  readonly ReceiptHandle?: string;
  readonly Body?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<
    // Binary values are base64.
    Record<string, { readonly StringValue?: string; readonly BinaryValue?: string }>
  >;
}

export interface BatchAnswer {
  readonly Failed?: readonly {
    readonly Id?: string;
    readonly Code?: string;
    readonly Message?: string;
    readonly SenderFault?: boolean;
  }[];
}

export interface CallLimits {
  /** Ends the call at once. */
  readonly signal: AbortSignal;
  /** After this long without an answer, the call fails with an error named TimeoutError. */
  readonly timeoutMs: number;
}

/** Sends calls to SQS. Rejects with an Error whose `name` is SQS's error code, or with the socket's own error. */
export interface SqsTransport {
  call<A extends HotAction>(
    action: A,
    input: HotCalls[A]['input'],
    limits: CallLimits,
  ): Promise<HotCalls[A]['output']>;
  /** Closes the connections. */
  close(): void;
}
