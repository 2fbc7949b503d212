import type { TextAttributes } from '../event/body/message-attributes.ts';
import type { PayloadPointer } from '../event/body/payload-pointer.ts';
import type { Event, EventClaims } from '../event/event.ts';
import type { RegisteredMappings } from '../event/mapping/mapping.ts';
import type { Refusal, RejectionReason } from '../event/rejection.ts';

/** An SQS message as received. */
export interface ReceivedMessage {
  readonly sqsMessageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** Message attributes, set by its sender. */
  readonly attributes: TextAttributes;
  /** System attributes, set by SQS: SentTimestamp, MessageGroupId, AWSTraceHeader and so on. */
  readonly systemAttributes: TextAttributes;
  /** 1 at the first receive. */
  readonly receiveCount: number;
  /** When the queue took it from its sender, in milliseconds since 1970; undefined where the queue does not say. */
  readonly sentAtMs: number | undefined;
  /** Events of one group are stored in order; undefined where the queue keeps none. */
  readonly group: string | undefined;
}

/** Identifies a received message towards the queue. */
export interface Receipt {
  readonly sqsMessageId: string;
  readonly receiptHandle: string;
}

/**
 * One entry that the queue did not carry out. `retryable` is false where asking again cannot help
 * (a stale or invalid receipt handle): the queue redelivers the message, or it is gone already.
 */
export interface ReceiptFailure {
  readonly sqsMessageId: string;
  readonly retryable: boolean;
  readonly error: string;
}

/** Where events come from: one queue. Every method rejects when the queue cannot be reached or refuses all that was asked. */
export interface Inbox {
  /** Name of the queue, for rejections. */
  readonly queue: string;
  /** Messages that one call of the queue receives or deletes at most. */
  readonly messagesPerCall: number;
  /** Long poll for 1 to `maxMessages` (at most `messagesPerCall`) messages; an empty array when none came. */
  receive(maxMessages: number, waitSeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]>;
  /** Deletes messages; returns those that could not be deleted. */
  acknowledge(receipts: readonly Receipt[], signal: AbortSignal): Promise<ReceiptFailure[]>;
  /** About how many messages the queue holds: visible, in flight anywhere, or delayed. */
  remaining(signal: AbortSignal): Promise<number>;
  /**
   * Hides messages from others for `seconds` from now, or as long as the queue allows; 0 gives them back at once. Returns
   * those of which that failed.
   */
  changeVisibility(
    receipts: readonly Receipt[],
    seconds: number,
    signal: AbortSignal,
  ): Promise<ReceiptFailure[]>;
}

/** An event that passed every check that needs no registry, ready to be stored. */
export interface StorableEvent {
  /** UUIDv7, minted once: a second try of a batch whose COMMIT's answer was lost finds its own row and says `stored`. */
  readonly messageId: string;
  readonly event: Event;
  /** 128-bit digest of source and event id, in 32 hex digits. */
  readonly key: string;
  /** 128-bit digest of type, client and canonical payload, in 32 hex digits: version 2. */
  readonly fingerprint: string;
  /** Version of the schema the payload was validated with; '0' for none. */
  readonly schemaVersion: string;
  readonly receivedAt: Date;
}

/**
 * Outcome of one event in the storing statement.
 * `schema_changed`: the registry holds another schema version than the event was validated with; nothing was written.
 * `unresolved`: another transaction holds the identity and was not visible yet; store it again.
 * `id_conflict`, `unknown_*`: nothing was written.
 */
export type StoreOutcome =
  | { readonly kind: 'stored' | 'duplicate'; readonly messageId: string }
  | { readonly kind: 'schema_changed' }
  | { readonly kind: 'unresolved' }
  | {
      readonly kind: 'id_conflict' | 'unknown_tenant' | 'unknown_client' | 'unknown_event_type';
    };

/** The record of an event or SQS body that was not accepted. */
export interface RejectionRecord extends Refusal {
  readonly queue: string;
  readonly sqsMessageId: string;
  /** Position in an array of events; null when the body was not an array. */
  readonly eventIndex: number | null;
  readonly claims: EventClaims;
  /** The SQS body as it was sent, compressed or not; or the text of the one event of an array. */
  readonly body: string;
  readonly attributes: TextAttributes;
  readonly systemAttributes: TextAttributes;
  readonly receiveCount: number;
  readonly receivedAt: Date;
}

/** An event type's schema as registered. */
export interface RegisteredSchema {
  readonly tenantId: string;
  readonly eventType: string;
  readonly version: string;
  /** The JSON Schema as JSON text, for its numbers' sake; null when the event type has none (version '0') or is not registered. */
  readonly schema: string | null;
}

/** An open rejection whose missing registry row is there now, or that an operator wants tried again. */
export interface OpenRejection {
  readonly id: string;
  readonly queue: string;
  readonly sqsMessageId: string;
  readonly eventIndex: number | null;
  /** The id that the event had when it was refused, of its own or not; null where none could be read. */
  readonly eventId: string | null;
  readonly body: string;
  /** Those of its SQS message: they say how a whole body is compressed, and serve its events. */
  readonly attributes: TextAttributes;
  readonly systemAttributes: TextAttributes;
  readonly receiveCount: number;
  readonly receivedAt: Date;
}

/**
 * How a replay of an open rejection ended. `refused` leaves it open under the new reason. A whole body that turns out to
 * hold several events is `replayed` without a `messageId`: each of them is a message or a rejection of its own by now.
 */
export type ReplayResult =
  | {
      readonly id: string;
      readonly kind: 'replayed';
      readonly messageId: string | null;
      /** Refusals of its events that became rejections of their own. */
      readonly refusals: readonly Refusal[];
    }
  | {
      readonly id: string;
      readonly kind: 'refused';
      readonly reason: RejectionReason;
      readonly detail: string;
      /** Names that the event has now; they may differ from before, under a changed mapping for instance. */
      readonly claims: EventClaims;
    };

/**
 * Whether a failed statement can succeed when tried again, decided by the adapter from the SQLSTATE.
 * `bad_row`: a value of the batch was refused (classes 21, 22, 23, 54); alone it becomes a rejection.
 * `blocked`: the lock of a row was not granted in time (55P03, 57014); events that do not need that row can be stored.
 * `unavailable`: the database or the way to it (classes 08, 40, 53, 57, 25006, sockets, TLS, timeouts, locked tables);
 * nothing is rejected.
 */
export class StoreError extends Error {
  readonly kind: 'bad_row' | 'blocked' | 'unavailable';
  readonly sqlState: string | undefined;
  /** The lock that was not granted, when it is one of the registry. */
  readonly awaits: AwaitedLock | undefined;
  constructor(
    kind: StoreError['kind'],
    message: string,
    sqlState: string | undefined,
    cause: unknown,
    awaits?: AwaitedLock,
  ) {
    super(message, { cause });
    this.name = 'StoreError';
    this.kind = kind;
    this.sqlState = sqlState;
    this.awaits = awaits;
  }
}

/** A lock on a row of the registry. */
export interface AwaitedLock {
  readonly table: 'client' | 'event_type';
  /** The row, where the store could find out. */
  readonly row: { readonly tenantId: string; readonly name: string } | undefined;
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
  /** The schemas of the named event types, as registered now; one element for every name. */
  schemas(names: readonly { tenantId: string; eventType: string }[]): Promise<RegisteredSchema[]>;
  /** The mappings as registered; undefined while they have the version that is known already. */
  mappings(knownVersion: string | undefined): Promise<RegisteredMappings | undefined>;
  /** Writes down how replays ended; rows that are no longer open are left alone. */
  settle(results: readonly ReplayResult[]): Promise<void>;
}

/** The body that was fetched; or why there is none, when trying again would not help. */
export type FetchedPayload =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The place of bodies that were too long for SQS. */
export interface Payloads {
  /** Rejects while the place is away, or as soon as the signal aborts. */
  fetch(pointer: PayloadPointer, signal: AbortSignal): Promise<FetchedPayload>;
}

/** The processor's log: fixed keys, no payloads. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Observations for metrics, beside the books. */
export interface Telemetry {
  /** A batch was stored. */
  batchCommitted(events: number, seconds: number): void;
  /** All events of an SQS message are committed, that long after SQS took it from its producer. */
  messageCommitted(secondsSinceSent: number): void;
}
