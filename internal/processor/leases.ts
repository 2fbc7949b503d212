import type { HeldMessage } from './held.ts';
import type { Holdings } from './holdings.ts';
import type { Inbox, Log } from './ports.ts';

interface LeaseParts {
  readonly inbox: Pick<Inbox, 'changeVisibility'>;
  readonly holdings: Holdings;
  readonly visibilityTimeoutSeconds: number;
  /** From the first receive on; after it, a message that could not be stored is left to its redelivery. */
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
    const { holdings, visibilityTimeoutSeconds, maxLeaseSeconds } = this.#parts;
    const now = performance.now();
    const due: HeldMessage[] = [];
    for (const held of holdings) {
      const halfSpent = held.leaseUntilMs - now < (visibilityTimeoutSeconds * 1000) / 2;
      const mayGoOn = now - held.heldSinceMs < maxLeaseSeconds * 1000;
      if (halfSpent && mayGoOn && held.state !== 'committed') due.push(held);
    }
    if (due.length > 0) await this.#extend(due);
  }

  async #extend(messages: readonly HeldMessage[]): Promise<void> {
    const { inbox, visibilityTimeoutSeconds, log } = this.#parts;
    const handles = messages.map((held) => held.receiptHandle);
    const leaseUntilMs = performance.now() + visibilityTimeoutSeconds * 1000;
    try {
      const failures = await inbox.changeVisibility(messages, visibilityTimeoutSeconds, this.#stopped.signal);
      const failed = new Map(failures.map((failure) => [failure.sqsMessageId, failure]));
      for (const [i, held] of messages.entries()) {
        if (held.receiptHandle !== handles[i]) continue; // received again meanwhile, with a lease of its own
        const failure = failed.get(held.sqsMessageId);
        if (failure === undefined) held.extendLease(leaseUntilMs);
        else if (!failure.retryable) held.loseLease();
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) {
        log.warn({ messages: messages.length, err: error }, 'leases could not be extended; trying again');
      }
    }
  }
}
