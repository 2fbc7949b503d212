import type { RegisteredMappings } from '../event/mapping/mapping.ts';
import type { PayloadPointer } from '../event/body/payload-pointer.ts';
import type { Receipt, ReceiptFailure, ReceivedMessage } from '../event/received.ts';
import type { Refusal } from '../event/rejection.ts';
import type {
  RegisteredSchema,
  RejectionRecord,
  ReplayResult,
  StorableEvent,
  StoreOutcome,
} from '../event/storing.ts';

/** Where events come from: one SQS queue. Every method rejects when SQS cannot be reached or refuses the whole call. */
export interface Inbox {
  /** Name of the queue, for rejections. */
  readonly queue: string;
  /** Long poll for 1 to `maxMessages` (at most 10) messages; an empty array when none came. */
  receive(maxMessages: number, waitSeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]>;
  /** Deletes at most 10 messages; returns the entries that failed. */
  acknowledge(receipts: readonly Receipt[], signal: AbortSignal): Promise<ReceiptFailure[]>;
  /** About how many messages the queue holds: visible, in flight anywhere, or delayed. */
  remaining(signal: AbortSignal): Promise<number>;
  /** Makes at most 10 messages invisible for `seconds` from now; 0 gives them back at once. */
  changeVisibility(
    receipts: readonly Receipt[],
    seconds: number,
    signal: AbortSignal,
  ): Promise<ReceiptFailure[]>;
}

/** Where events go. Every method commits before it resolves and throws StoreError for what it knows. */
export interface Store {
  /**
   * Stores a batch in one statement, which waits at most this long for the lock of a row; outcomes in the order of the
   * events. All or nothing on a throw.
   */
  store(events: readonly StorableEvent[], lockTimeoutMs?: number): Promise<StoreOutcome[]>;
  /**
   * Keeps rejections; one that is there already has its reason, detail and receive count brought up to date. Waits at most
   * this long for the lock of a row.
   */
  reject(rejections: readonly RejectionRecord[], lockTimeoutMs?: number): Promise<void>;
  /** The schemas of the named event types, as registered now; one answer for every name. */
  schemas(names: readonly { tenantId: string; eventType: string }[]): Promise<RegisteredSchema[]>;
  /** The mappings as registered; undefined while they have the version that is known already. */
  mappings(knownVersion: string | undefined): Promise<RegisteredMappings | undefined>;
  /** Writes down how replays ended; rows that are no longer open are left alone. */
  settle(results: readonly ReplayResult[]): Promise<void>;
}

/** What was found where a body is: its text, or why there is none that could be had by trying again. */
export type FetchedPayload =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Where bodies are that were too long for SQS. */
export interface Payloads {
  /** Rejects while that is away, or as soon as the signal aborts. */
  fetch(pointer: PayloadPointer, signal: AbortSignal): Promise<FetchedPayload>;
}

/** Where the pipeline writes what an operator should know: fixed keys, no payloads. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the pipeline reports for metrics beside its books. */
export interface Telemetry {
  /** A batch was brought to its end. */
  batchCommitted(events: number, seconds: number): void;
  /** All events of an SQS message are committed, that long after SQS took it from its producer. */
  messageCommitted(secondsSinceSent: number): void;
}
