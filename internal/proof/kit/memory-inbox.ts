import type { TextAttributes } from '../../event/body/message-attributes.ts';
import type { Inbox, Receipt, ReceiptFailure, ReceivedMessage } from '../../processor/ports.ts';

interface Held {
  readonly sqsMessageId: string;
  readonly body: string;
  readonly attributes: TextAttributes;
  readonly systemAttributes: TextAttributes;
  readonly sentAtMs: number;
  receiveCount: number;
  receiptHandle: string;
  visibleAtMs: number;
}

/**
 * A queue in memory, with visibility timeouts, receive counts, and receipt handles of which only the newest
 * is valid. A name that ends in `.fifo` makes it a FIFO queue: while a message of a group is in flight, the
 * rest of the group is not received.
 */
export class MemoryInbox implements Inbox {
  readonly queue: string;
  readonly messagesPerCall = 10;
  readonly #messages = new Map<string, Held>();
  readonly #visibilityTimeoutSeconds: number;
  readonly #fifo: boolean;
  #handles = 0;
  /** Called before each operation; an error that it throws becomes the operation's failure. */
  before: (operation: 'receive' | 'acknowledge' | 'changeVisibility') => void | Promise<void> = () => {};
  /** Called with the receipts of a delete; messages for which it returns a failure are not deleted. */
  failing: (receipts: readonly Receipt[]) => ReceiptFailure[] = () => [];
  readonly deletes: Receipt[][] = [];
  readonly visibilityChanges: { receipts: Receipt[]; seconds: number }[] = [];

  constructor(visibilityTimeoutSeconds = 60, queue = 'memory') {
    this.queue = queue;
    this.#fifo = queue.endsWith('.fifo');
    this.#visibilityTimeoutSeconds = visibilityTimeoutSeconds;
  }

  get size(): number {
    return this.#messages.size;
  }

  get visible(): number {
    const now = performance.now();
    return [...this.#messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= now).length;
  }

  get highestReceiveCount(): number {
    return Math.max(0, ...[...this.#messages.values()].map(({ receiveCount }) => receiveCount));
  }

  send(
    bodies: readonly string[],
    sqsMessageId: (i: number) => string = () => crypto.randomUUID(),
    attributes: TextAttributes = {},
    systemAttributes: TextAttributes = {},
  ): void {
    const unseen = { sentAtMs: Date.now(), receiveCount: 0, receiptHandle: '', visibleAtMs: 0 };
    for (const [i, body] of bodies.entries()) {
      const id = sqsMessageId(i);
      this.#messages.set(id, { sqsMessageId: id, body, attributes, systemAttributes, ...unseen });
    }
  }

  async receive(maxMessages: number, waitSeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]> {
    const deadline = performance.now() + waitSeconds * 1000;
    for (;;) {
      await this.before('receive');
      signal.throwIfAborted();
      const messages = this.#take(maxMessages);
      if (messages.length > 0 || performance.now() >= deadline) return messages;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #take(maxMessages: number): ReceivedMessage[] {
    const now = performance.now();
    const taken: ReceivedMessage[] = [];
    const closed = this.#groupsInFlight(now);
    for (const held of this.#messages.values()) {
      if (taken.length === maxMessages) break;
      if (held.visibleAtMs > now || closed.has(this.#groupOf(held))) continue;
      this.#handles += 1;
      held.receiptHandle = `handle-${this.#handles}`;
      held.receiveCount += 1;
      held.visibleAtMs = now + this.#visibilityTimeoutSeconds * 1000;
      const { visibleAtMs: _, ...message } = held;
      taken.push({ ...message, group: this.#groupOf(held) });
    }
    return taken;
  }

  #groupsInFlight(now: number): Set<string | undefined> {
    if (!this.#fifo) return new Set();
    const inFlight = [...this.#messages.values()].filter(({ visibleAtMs }) => visibleAtMs > now);
    return new Set(inFlight.map((held) => this.#groupOf(held)));
  }

  #groupOf({ systemAttributes }: Held): string | undefined {
    return this.#fifo ? systemAttributes['MessageGroupId'] : undefined;
  }

  async acknowledge(receipts: readonly Receipt[], signal: AbortSignal): Promise<ReceiptFailure[]> {
    await this.before('acknowledge');
    signal.throwIfAborted();
    this.deletes.push([...receipts]);
    const failures = this.failing(receipts);
    const failed = new Set(failures.map(({ sqsMessageId }) => sqsMessageId));
    for (const { sqsMessageId, receiptHandle } of receipts) {
      const held = this.#messages.get(sqsMessageId);
      // As in SQS, a delete with a stale handle succeeds and deletes nothing.
      if (!failed.has(sqsMessageId) && held?.receiptHandle === receiptHandle)
        this.#messages.delete(sqsMessageId);
    }
    return failures;
  }

  async changeVisibility(
    receipts: readonly Receipt[],
    seconds: number,
    signal: AbortSignal,
  ): Promise<ReceiptFailure[]> {
    await this.before('changeVisibility');
    signal.throwIfAborted();
    this.visibilityChanges.push({ receipts: [...receipts], seconds });
    for (const { sqsMessageId, receiptHandle } of receipts) {
      const held = this.#messages.get(sqsMessageId);
      if (held?.receiptHandle === receiptHandle) held.visibleAtMs = performance.now() + seconds * 1000;
    }
    return [];
  }

  async remaining(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return this.#messages.size;
  }
}
