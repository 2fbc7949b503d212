import { randomUUID } from 'node:crypto';
import { fullJitterMs } from '../waiting/back-off.ts';
import { sleep } from '../waiting/sleep.ts';
import {
  type EntryAnswer,
  type Outgoing,
  type OutboxMessage,
  type OutboxQueue,
  type SendAnswer,
  sendBatch,
} from './send-batch.ts';

/** Tries of a message that SQS says it has not taken this time. */
const MAX_TRIES = 6;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;
/** An outage is reported once in this time. */
const REMINDER_MS = 10_000;

/** What became of a message. */
export type SendOutcome =
  | { readonly kind: 'sent'; readonly sqsMessageId: string }
  /** SQS did not take it, for certain. */
  | { readonly kind: 'failed' }
  /** The answer was lost: it may be in the queue. It was not sent again. */
  | { readonly kind: 'unknown' };

export interface OutboxParts<M extends OutboxMessage> extends OutboxQueue {
  /** Sends under way at once. */
  readonly concurrency: number;
  /** Takes the outcome of every message, once. What it throws becomes the outbox's `problem`. */
  readonly record: (message: M, outcome: SendOutcome) => void;
  /** Once aborted, messages are given up while SQS cannot be reached. */
  readonly drain: AbortSignal;
  /** Once aborted, nothing is waited for any more. */
  readonly stop: AbortSignal;
  /** Tells the user what happens; `error` is the reason of an outage. */
  readonly tell: (message: string, error?: unknown) => void;
}

/** Sends messages to one queue and records the outcome of each, exactly once. */
export class Outbox<M extends OutboxMessage> {
  readonly #parts: OutboxParts<M>;
  readonly #running = new Set<Promise<void>>();
  #groups = true;
  #told = 0;
  /** Sends in a row whose answers were lost. */
  #lost = 0;
  #problem: unknown;
  #sent = 0;

  constructor(parts: OutboxParts<M>) {
    this.#parts = parts;
  }

  /** Why SQS refuses everything, or an outcome could not be recorded: sending more is of no use. */
  get problem(): unknown {
    return this.#problem;
  }

  /** How many messages SQS took. */
  get sent(): number {
    return this.#sent;
  }

  /** Starts to send at most ten messages, as soon as fewer than `concurrency` sends are under way. */
  async send(messages: readonly M[]): Promise<void> {
    while (this.#running.size >= this.#parts.concurrency) await Promise.race(this.#running);
    const sending = this.#send(messages).catch((error: unknown) => {
      this.#problem ??= error;
    });
    this.#running.add(sending);
    void sending.finally(() => this.#running.delete(sending));
  }

  /** Resolves when no send is under way any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #send(messages: readonly M[]): Promise<void> {
    const { stop } = this.#parts;
    let batch: readonly Outgoing<M>[] = messages.map((message) => ({
      message,
      deduplicationId: randomUUID(),
    }));
    for (let tries = 1; batch.length > 0; tries += 1) {
      if (stop.aborted) return this.#recordAll(batch, 'failed');
      const answer = await sendBatch(this.#parts, batch, this.#groups, stop);
      batch = this.#settle(batch, answer, tries);
      // After a lost answer too: the pause keeps this place taken, so that not every message is sent into the void.
      if (answer.kind === 'unknown') await this.#pause(this.#lost);
      else if (batch.length > 0 && answer.kind !== 'groups_refused') await this.#pause(tries);
    }
  }

  /** Records what is decided; returns what is to be sent again. */
  #settle(batch: readonly Outgoing<M>[], answer: SendAnswer, tries: number): readonly Outgoing<M>[] {
    const { drain } = this.#parts;
    switch (answer.kind) {
      case 'answered':
        this.#answered();
        return batch.filter(({ message }, i) => !this.#settleEntry(message, answer.entries[i], tries));
      case 'groups_refused':
        this.#withoutGroups();
        return batch;
      case 'unreachable':
        this.#outage(answer.error);
        if (!drain.aborted) return batch;
        break;
      case 'throttled':
        if (!drain.aborted || tries < MAX_TRIES) return batch;
        break;
      case 'refused':
        this.#problem ??= answer.error;
        break;
      case 'unknown':
        this.#lost += 1;
        if (!this.#parts.stop.aborted) this.#outage(answer.error);
        this.#recordAll(batch, 'unknown');
        return [];
    }
    this.#recordAll(batch, 'failed');
    return [];
  }

  /** Returns false when the message is to be sent again. */
  #settleEntry(message: M, answer: EntryAnswer = { kind: 'unknown' }, tries: number): boolean {
    const { record, tell } = this.#parts;
    switch (answer.kind) {
      case 'sent':
        this.#sent += 1;
        record(message, answer);
        return true;
      case 'refused':
        if (answer.retryable && tries < MAX_TRIES) return false;
        tell(`SQS refused a message for good: ${answer.error}`);
        record(message, { kind: 'failed' });
        return true;
      case 'unknown':
        record(message, answer);
        return true;
    }
  }

  #recordAll(batch: readonly Outgoing<M>[], kind: 'failed' | 'unknown'): void {
    for (const { message } of batch) this.#parts.record(message, { kind });
  }

  #pause(tries: number): Promise<void> {
    const { drain, stop } = this.#parts;
    // The drain cuts a pause short: what it gives up must not keep the user waiting. After it, pauses end with the stop.
    return sleep(fullJitterMs(tries - 1, RETRY_BASE_MS, RETRY_CAP_MS), drain.aborted ? stop : drain);
  }

  #withoutGroups(): void {
    if (!this.#groups) return;
    this.#groups = false;
    this.#parts.tell('this SQS refuses MessageGroupId on a standard queue: sending without it');
  }

  #outage(error: unknown): void {
    const now = performance.now();
    if (this.#told !== 0 && now - this.#told < REMINDER_MS) return;
    this.#told = now;
    this.#parts.tell('SQS does not answer; trying on', error);
  }

  #answered(): void {
    this.#lost = 0;
    if (this.#told === 0) return;
    this.#told = 0;
    this.#parts.tell('SQS answers again');
  }
}
