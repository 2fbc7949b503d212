import type { Inbox, Log, ReceivedMessage } from './ports.ts';
import type { Gate } from '../waiting/gate.ts';
import type { Room } from './room.ts';
import { Change } from '../waiting/change.ts';
import { fullJitterMs } from '../waiting/back-off.ts';
import { sleep } from '../waiting/sleep.ts';

const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;

/** Aborting a poll can strand what SQS just handed over until its visibility timeout: so running polls get a moment. */
const ABORT_GRACE_MS = 1_000;

interface ReceiverParts {
  readonly inbox: Pick<Inbox, 'receive' | 'messagesPerCall'>;
  readonly room: Room;
  readonly gate: Gate;
  readonly log: Log;
  readonly waitSeconds: number;
  readonly maxPolls: number;
  /** Takes in what a poll brought, at once. */
  readonly take: (messages: readonly ReceivedMessage[]) => void;
  /** A poll came back empty. */
  readonly empty: () => void;
}

/** Long polls: one when the queue is quiet, more while they come back full, each with its room reserved beforehand. */
export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #ended = new Change();
  #wanted = 1;
  #running = 0;
  #failures = 0;
  #problem: Error | undefined;
  #unexpected: unknown;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /** Why the last receive failed; undefined when it was answered. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** Receives until the drain begins; resolves when no poll is running any more. */
  async run(drain: AbortSignal): Promise<void> {
    const abort = new AbortController();
    this.#start(drain, abort.signal);
    while (!drain.aborted && this.#running > 0 && this.#unexpected === undefined)
      await this.#ended.next(drain);
    const grace = setTimeout(() => abort.abort(), ABORT_GRACE_MS);
    while (this.#running > 0) await this.#ended.next();
    clearTimeout(grace);
    if (this.#unexpected !== undefined) throw this.#unexpected;
  }

  #start(drain: AbortSignal, abort: AbortSignal): void {
    while (this.#running < this.#wanted && !drain.aborted) {
      this.#running += 1;
      this.#poll(drain, abort)
        .catch((error: unknown) => {
          this.#unexpected = error;
          this.#wanted = 0;
        })
        .finally(() => this.#ended.wake());
    }
  }

  async #poll(drain: AbortSignal, abort: AbortSignal): Promise<void> {
    const { gate, room, take, inbox } = this.#parts;
    const { messagesPerCall } = inbox;
    try {
      while (this.#running <= this.#wanted && !drain.aborted) {
        await gate.opened(drain);
        if (!(await room.reserve(messagesPerCall, drain))) return;
        // The gate may have closed while there was no room.
        const messages = gate.isOpen ? await this.#receive(drain, abort) : undefined;
        room.giveUp(messagesPerCall - (messages?.length ?? 0));
        if (messages === undefined) continue;
        take(messages);
        this.#adapt(messages.length, drain, abort);
      }
    } finally {
      // Here and not where the promise settles: two polls must not both see one too many and end together.
      this.#running -= 1;
    }
  }

  /** Undefined when the receive failed; then the wait before the next try has passed already. */
  async #receive(drain: AbortSignal, abort: AbortSignal): Promise<ReceivedMessage[] | undefined> {
    const { inbox, log, waitSeconds } = this.#parts;
    try {
      const messages = await inbox.receive(inbox.messagesPerCall, waitSeconds, abort);
      if (this.#problem !== undefined) log.info({}, 'SQS is back');
      this.#problem = undefined;
      this.#failures = 0;
      return messages;
    } catch (error) {
      if (abort.aborted) return undefined;
      if (this.#problem === undefined)
        log.warn({ err: error }, 'SQS does not answer; trying again until it does');
      this.#problem = error instanceof Error ? error : new Error(String(error));
      this.#failures += 1;
      await sleep(fullJitterMs(this.#failures - 1, RETRY_BASE_MS, RETRY_CAP_MS), drain);
      return undefined;
    }
  }

  #adapt(received: number, drain: AbortSignal, abort: AbortSignal): void {
    if (received === 0) {
      this.#wanted = Math.max(1, this.#wanted - 1);
      this.#parts.empty();
    } else if (received === this.#parts.inbox.messagesPerCall) {
      this.#wanted = Math.min(this.#parts.maxPolls, this.#wanted + 1);
      this.#start(drain, abort);
    }
  }
}
