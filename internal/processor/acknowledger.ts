import type { HeldMessage } from './held.ts';
import type { Inbox, Log } from './ports.ts';
import { fullJitterMs } from '../waiting/back-off.ts';
import { sleep } from '../waiting/sleep.ts';

const LINGER_MS = 5;
const CALLS_AT_ONCE = 16;
const RETRY_BASE_MS = 50;
const RETRY_CAP_MS = 2_000;

interface AcknowledgerParts {
  readonly inbox: Pick<Inbox, 'acknowledge' | 'messagesPerCall'>;
  readonly log: Log;
  /** Aborts when deletes are no longer retried. */
  readonly stop: AbortSignal;
  /** The message is deleted, or its delete was given up: SQS then redelivers it, and its events are duplicates. */
  readonly done: (held: HeldMessage) => void;
}

/** The one place that deletes from the queue. It is given messages whose events are all committed, and nothing else. */
export class Acknowledger {
  readonly #parts: AcknowledgerParts;
  readonly #running = new Set<Promise<void>>();
  #waiting: HeldMessage[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Deletes that were given up. SQS redelivers the message; a failed delete is not a failed event. */
  failures = 0;

  constructor(parts: AcknowledgerParts) {
    this.#parts = parts;
  }

  get #batch(): number {
    return this.#parts.inbox.messagesPerCall;
  }

  add(held: HeldMessage): void {
    this.#waiting.push(held);
    if (this.#waiting.length >= this.#batch) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(this.#batch - 1), LINGER_MS);
  }

  /** Deletes all that is waiting; resolves when every call has ended. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#running.size > 0) {
      this.#send(this.#batch - 1);
      await Promise.race(this.#running);
    }
  }

  /** Sends full batches, and after the linger also what is left. */
  #send(mayLack = 0): void {
    if (mayLack > 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    while (
      this.#waiting.length > 0 &&
      this.#waiting.length >= this.#batch - mayLack &&
      this.#running.size < CALLS_AT_ONCE
    ) {
      const call = this.#delete(this.#waiting.splice(0, this.#batch)).finally(() => {
        this.#running.delete(call);
        if (this.#waiting.length >= this.#batch) this.#send();
        else if (this.#waiting.length > 0)
          this.#timer ??= setTimeout(() => this.#send(this.#batch - 1), LINGER_MS);
      });
      this.#running.add(call);
    }
  }

  async #delete(messages: readonly HeldMessage[]): Promise<void> {
    let open = messages;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0) await sleep(fullJitterMs(attempt - 1, RETRY_BASE_MS, RETRY_CAP_MS), this.#parts.stop);
      open = await this.#deleteOnce(open);
      const now = performance.now();
      const { aborted } = this.#parts.stop;
      const givenUp = open.filter((held) => aborted || held.leaseUntilMs < now);
      const why = aborted ? 'the processor had to end' : 'its lease ran out';
      for (const held of givenUp) this.#giveUp(held, `${why} before a delete succeeded`);
      open = open.filter((held) => !givenUp.includes(held));
    }
  }

  /** Makes one call; returns what has to be retried. */
  async #deleteOnce(messages: readonly HeldMessage[]): Promise<readonly HeldMessage[]> {
    const receipts = messages.map(({ sqsMessageId, receiptHandle }) => ({ sqsMessageId, receiptHandle }));
    const again: HeldMessage[] = [];
    try {
      const failures = await this.#parts.inbox.acknowledge(receipts, this.#parts.stop);
      const failed = new Map(failures.map((failure) => [failure.sqsMessageId, failure]));
      for (const [i, held] of messages.entries()) {
        const failure = failed.get(held.sqsMessageId);
        const handleIsNewest = held.receiptHandle === receipts[i]?.receiptHandle;
        if (!handleIsNewest || failure?.retryable === true) again.push(held);
        else if (failure === undefined) this.#parts.done(held);
        else this.#giveUp(held, failure.error);
      }
      return again;
    } catch (error) {
      this.#parts.log.debug({ messages: messages.length, err: error }, 'a delete failed; trying again');
      return messages;
    }
  }

  #giveUp(held: HeldMessage, reason: string): void {
    this.failures += 1;
    this.#parts.log.warn(
      { sqsMessageId: held.sqsMessageId, error: reason },
      'a committed message could not be deleted; SQS will redeliver it, and its events will be duplicates',
    );
    this.#parts.done(held);
  }
}
