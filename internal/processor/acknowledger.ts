import type { Delivery } from './delivery.ts';
import type { Inbox, Log } from './ports.ts';
import { fullJitterMs } from '../waiting/back-off.ts';
import { sleep } from '../waiting/sleep.ts';

/** SQS takes at most so many entries in a batch. */
const BATCH = 10;
const LINGER_MS = 5;
const CALLS_AT_ONCE = 16;
const RETRY_BASE_MS = 50;
const RETRY_CAP_MS = 2_000;

interface AcknowledgerParts {
  readonly inbox: Pick<Inbox, 'acknowledge'>;
  readonly log: Log;
  /** Aborts when no further try is to be made. */
  readonly stop: AbortSignal;
  /** The delivery is deleted, or given up on: it then comes again and turns out a duplicate. */
  readonly done: (delivery: Delivery) => void;
}

/** The one place that deletes from SQS. It gets deliveries whose events are all committed, and nothing else. */
export class Acknowledger {
  readonly #parts: AcknowledgerParts;
  readonly #running = new Set<Promise<void>>();
  #waiting: Delivery[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Deletes that were given up on. The message comes again; a failed delete is not a failed event. */
  failures = 0;

  constructor(parts: AcknowledgerParts) {
    this.#parts = parts;
  }

  add(delivery: Delivery): void {
    this.#waiting.push(delivery);
    if (this.#waiting.length >= BATCH) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(BATCH - 1), LINGER_MS);
  }

  /** Deletes all that is waiting; resolves when every call has ended. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#running.size > 0) {
      this.#send(BATCH - 1);
      await Promise.race(this.#running);
    }
  }

  /** Sends full batches, and after the linger what is there. */
  #send(mayLack = 0): void {
    if (mayLack > 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    while (
      this.#waiting.length > 0 &&
      this.#waiting.length >= BATCH - mayLack &&
      this.#running.size < CALLS_AT_ONCE
    ) {
      const call = this.#delete(this.#waiting.splice(0, BATCH)).finally(() => {
        this.#running.delete(call);
        if (this.#waiting.length >= BATCH) this.#send();
        else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#send(BATCH - 1), LINGER_MS);
      });
      this.#running.add(call);
    }
  }

  async #delete(deliveries: readonly Delivery[]): Promise<void> {
    let open = deliveries;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0) await sleep(fullJitterMs(attempt - 1, RETRY_BASE_MS, RETRY_CAP_MS), this.#parts.stop);
      open = await this.#deleteOnce(open);
      const now = performance.now();
      const { aborted } = this.#parts.stop;
      const givenUp = open.filter((delivery) => aborted || delivery.leaseUntilMs < now);
      const why = aborted ? 'the processor had to end' : 'its lease ran out';
      for (const delivery of givenUp) this.#giveUp(delivery, `${why} before a delete succeeded`);
      open = open.filter((delivery) => !givenUp.includes(delivery));
    }
  }

  /** One call; answers what has to be tried again. */
  async #deleteOnce(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    const receipts = deliveries.map(({ sqsMessageId, receiptHandle }) => ({ sqsMessageId, receiptHandle }));
    const again: Delivery[] = [];
    try {
      const failures = await this.#parts.inbox.acknowledge(receipts, this.#parts.stop);
      const failed = new Map(failures.map((failure) => [failure.sqsMessageId, failure]));
      for (const [i, delivery] of deliveries.entries()) {
        const failure = failed.get(delivery.sqsMessageId);
        const handleIsNewest = delivery.receiptHandle === receipts[i]?.receiptHandle;
        if (!handleIsNewest || failure?.retryable === true) again.push(delivery);
        else if (failure === undefined) this.#parts.done(delivery);
        else this.#giveUp(delivery, failure.error);
      }
      return again;
    } catch (error) {
      this.#parts.log.debug({ messages: deliveries.length, err: error }, 'a delete failed; trying again');
      return deliveries;
    }
  }

  #giveUp(delivery: Delivery, reason: string): void {
    this.failures += 1;
    this.#parts.log.warn(
      { sqsMessageId: delivery.sqsMessageId, error: reason },
      'a committed message could not be deleted; it comes again and will be a duplicate',
    );
    this.#parts.done(delivery);
  }
}
