import type { Deliveries, Delivery } from './delivery.ts';
import type { Inbox, Log } from './ports.ts';

const BATCH = 10;

interface LeaseParts {
  readonly inbox: Pick<Inbox, 'changeVisibility'>;
  readonly deliveries: Deliveries;
  readonly visibilityTimeoutSeconds: number;
  /** From the first receive on; past it, a message that cannot be stored is left to its redelivery. */
  readonly maxLeaseSeconds: number;
  readonly log: Log;
}

/** Keeps messages invisible to others while their events wait to be stored; stops for each before its delete. */
export class Leases {
  readonly #parts: LeaseParts;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #tick: Promise<void> = Promise.resolve();

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    const everyMs = Math.min(5_000, (parts.visibilityTimeoutSeconds * 1000) / 8);
    this.#timer = setInterval(() => {
      this.#tick = this.#tick.then(() => this.#extendDue());
    }, everyMs);
  }

  /** No extension is under way once this resolves: a late one would undo a release. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped.abort();
    await this.#tick;
  }

  async #extendDue(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const { deliveries, visibilityTimeoutSeconds, maxLeaseSeconds } = this.#parts;
    const now = performance.now();
    const due: Delivery[] = [];
    for (const delivery of deliveries) {
      const halfSpent = delivery.leaseUntilMs - now < (visibilityTimeoutSeconds * 1000) / 2;
      const mayGoOn = now - delivery.heldSinceMs < maxLeaseSeconds * 1000;
      if (halfSpent && mayGoOn && !delivery.committed) due.push(delivery);
    }
    const batches = Array.from({ length: Math.ceil(due.length / BATCH) }, (_, i) =>
      due.slice(i * BATCH, (i + 1) * BATCH),
    );
    await Promise.all(batches.map((batch) => this.#extend(batch)));
  }

  async #extend(batch: readonly Delivery[]): Promise<void> {
    const { inbox, visibilityTimeoutSeconds, log } = this.#parts;
    const open = batch.filter((delivery) => !delivery.committed);
    const handles = open.map((delivery) => delivery.receiptHandle);
    const leaseUntilMs = performance.now() + visibilityTimeoutSeconds * 1000;
    try {
      const failures = await inbox.changeVisibility(open, visibilityTimeoutSeconds, this.#stopped.signal);
      const failed = new Map(failures.map((failure) => [failure.sqsMessageId, failure]));
      for (const [i, delivery] of open.entries()) {
        if (delivery.receiptHandle !== handles[i]) continue; // received again meanwhile, with a lease of its own
        const failure = failed.get(delivery.sqsMessageId);
        if (failure === undefined) delivery.leaseUntilMs = leaseUntilMs;
        else if (!failure.retryable) delivery.leaseUntilMs = Number.NEGATIVE_INFINITY;
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) {
        log.warn({ messages: open.length, err: error }, 'leases could not be extended; trying again');
      }
    }
  }
}
