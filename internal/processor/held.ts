import { sizeOfAttributes, type TextAttributes } from '../event/body/message-attributes.ts';
import type { Receipt, ReceivedMessage } from './ports.ts';

/**
 * - `undecided`: not all of its events are decided;
 * - `storing`: its events are decided, and at least one has no outcome yet;
 * - `returning`: the same, but at least one was released: the message goes back to the queue, and is never deleted;
 * - `committed`: all of its events are committed; it waits for its delete, and its lease is extended no more.
 *
 * undecided → storing → committed → deleted; undecided, storing → returning → given back.
 */
export type HeldState = 'undecided' | 'storing' | 'returning' | 'committed';

/** An SQS message that was received, until it is deleted or given back. */
export class HeldMessage implements Receipt {
  readonly sqsMessageId: string;
  readonly attributes: TextAttributes;
  readonly systemAttributes: TextAttributes;
  /** Message group of a FIFO queue, whose events are stored in order; undefined on a standard queue. */
  readonly group: string | undefined;
  readonly sentAtMs: number | undefined;
  readonly receivedAt: Date;
  /** Monotonic milliseconds at which this processor received it first. */
  readonly heldSinceMs: number;
  /** Bytes of its attributes, which each of its events keeps. */
  readonly attributeBytes: number;
  /** Bytes held: body and attributes, and once it is decided also its events. */
  bytes: number;
  /** The newest handle: SQS may ignore a delete with an older one and still report success. */
  receiptHandle: string;
  receiveCount: number;
  #leaseUntilMs: number;
  #state: HeldState = 'undecided';
  #pending = 0;

  /** @param nowMs monotonic */
  constructor(message: ReceivedMessage, nowMs: number, visibilityTimeoutSeconds: number) {
    this.sqsMessageId = message.sqsMessageId;
    this.receiptHandle = message.receiptHandle;
    this.attributes = message.attributes;
    this.systemAttributes = message.systemAttributes;
    this.group = message.group;
    this.sentAtMs = message.sentAtMs;
    this.receiveCount = message.receiveCount;
    this.receivedAt = new Date();
    this.heldSinceMs = nowMs;
    this.#leaseUntilMs = nowMs + visibilityTimeoutSeconds * 1000;
    this.attributeBytes = sizeOfAttributes(message.attributes) + sizeOfAttributes(message.systemAttributes);
    this.bytes = message.body.length + this.attributeBytes;
  }

  get state(): HeldState {
    return this.#state;
  }

  /** Events without an outcome. */
  get pending(): number {
    return this.#pending;
  }

  /** Monotonic milliseconds until which SQS hides the message from others. */
  get leaseUntilMs(): number {
    return this.#leaseUntilMs;
  }

  /** It was received again: the newer handle and lease count. */
  receivedAgain({ receiptHandle, receiveCount }: ReceivedMessage, leaseUntilMs: number): void {
    this.receiptHandle = receiptHandle;
    this.receiveCount = Math.max(this.receiveCount, receiveCount);
    this.#leaseUntilMs = leaseUntilMs;
  }

  extendLease(untilMs: number): void {
    this.#leaseUntilMs = untilMs;
  }

  /** SQS does not know the handle any more: others may receive the message. */
  loseLease(): void {
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
  }

  decided(events: number): void {
    this.#pending = events;
    this.#state = 'storing';
  }

  /** At least one of its events is not stored. */
  giveBack(): void {
    this.#state = 'returning';
  }

  /** One of its events has its outcome. */
  settle(): void {
    this.#pending -= 1;
    if (this.#pending === 0 && this.#state === 'storing') this.#state = 'committed';
  }
}
