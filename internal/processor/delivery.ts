import type { TextAttributes } from '../event/body/message-attributes.ts';
import type { Receipt, ReceivedMessage } from './ports.ts';

interface DeliverySettings {
  readonly visibilityTimeoutSeconds: number;
  /** On a standard queue a message group only names the tenant: its messages have no order. */
  readonly fifo: boolean;
}

/** One SQS message in our hands, from its receive until it is deleted or given back. */
export class Delivery implements Receipt {
  readonly sqsMessageId: string;
  readonly attributes: TextAttributes;
  readonly systemAttributes: TextAttributes;
  readonly receivedAt: Date;
  /** Monotonic milliseconds at which this processor got it first. */
  readonly heldSinceMs: number;
  /** Of its body and its attributes, which SQS lets be as large; once it is decided, also of what became of it. */
  bytes: number;
  /** Message group of a FIFO queue, whose events are to be stored in order; undefined on a standard queue. */
  readonly group: string | undefined;
  /** The newest handle: SQS may ignore a delete with an older one and still report success. */
  receiptHandle: string;
  receiveCount: number;
  /** Monotonic milliseconds until which SQS hides the message from others. */
  leaseUntilMs: number;
  /** Events that have no outcome yet. */
  pending = 0;
  /** Waits for its delete; its lease is extended no more. */
  committed = false;
  /** At least one of its events was not stored: the message must not be deleted. */
  givenBack = false;

  constructor(message: ReceivedMessage, nowMs: number, { visibilityTimeoutSeconds, fifo }: DeliverySettings) {
    this.sqsMessageId = message.sqsMessageId;
    this.receiptHandle = message.receiptHandle;
    this.attributes = message.attributes;
    this.systemAttributes = message.systemAttributes;
    this.receiveCount = message.receiveCount;
    this.receivedAt = new Date();
    this.heldSinceMs = nowMs;
    this.leaseUntilMs = nowMs + visibilityTimeoutSeconds * 1000;
    this.bytes = message.body.length + sizeOf(message.attributes) + sizeOf(message.systemAttributes);
    this.group = fifo ? message.systemAttributes['MessageGroupId'] : undefined;
  }
}

function sizeOf(attributes: TextAttributes): number {
  let bytes = 0;
  for (const name in attributes) bytes += name.length + (attributes[name] as string).length;
  return bytes;
}

/** All deliveries in our hands, by MessageId. */
export class Deliveries {
  readonly #byId = new Map<string, Delivery>();
  readonly #settings: DeliverySettings;

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#byId.size;
  }

  /**
   * Takes a received message in. Answers undefined when we hold the same message already (its lease ran out,
   * or SQS delivered it twice): then the one we hold carries on with the new handle and lease.
   */
  admit(message: ReceivedMessage): Delivery | undefined {
    const nowMs = performance.now();
    const held = this.#byId.get(message.sqsMessageId);
    if (held !== undefined) {
      held.receiptHandle = message.receiptHandle;
      held.receiveCount = Math.max(held.receiveCount, message.receiveCount);
      held.leaseUntilMs = nowMs + this.#settings.visibilityTimeoutSeconds * 1000;
      return undefined;
    }
    const delivery = new Delivery(message, nowMs, this.#settings);
    this.#byId.set(delivery.sqsMessageId, delivery);
    return delivery;
  }

  remove(delivery: Delivery): void {
    this.#byId.delete(delivery.sqsMessageId);
  }

  [Symbol.iterator](): MapIterator<Delivery> {
    return this.#byId.values();
  }
}
