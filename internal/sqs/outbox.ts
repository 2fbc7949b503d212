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

/** Attempts for a message that SQS refuses with a retryable error. */
const MAX_TRIES = 6;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;
/** An outage is reported at most this often. */
const REMINDER_MS = 10_000;

/** The final outcome of a message. */
export type SendOutcome =
  | { readonly kind: 'sent'; readonly sqsMessageId: string }
  /** SQS certainly did not accept it. */
  | { readonly kind: 'failed' }
  /** The answer was lost: the message may be in the queue. It was not retried. */
  | { readonly kind: 'unknown' };

export interface OutboxParts<M extends OutboxMessage> extends OutboxQueue {
  /** Concurrent sends. */
  readonly concurrency: number;
  /** Called with the outcome of every message, once. An error that it throws becomes the outbox's `problem`. */
  readonly record: (message: M, outcome: SendOutcome) => void;
  /** Once aborted, messages are given up when SQS cannot be reached. */
  readonly drain: AbortSignal;
  /** Once aborted, the outbox waits for nothing any more. */
  readonly stop: AbortSignal;
  /** Reports to the user; `error` is the cause of an outage. */
  readonly tell: (message: string, error?: unknown) => void;
}

/** Sends messages to one queue and records the outcome of each, exactly once. */
export class Outbox<M extends OutboxMessage> {
  readonly #parts: OutboxParts<M>;
  readonly #running = new Set<Promise<void>>();
  #groups = true;
  #told = 0;
  /** Consecutive sends whose answers were lost. */
  #lost = 0;
  #problem: unknown;
  #sent = 0;

  constructor(parts: OutboxParts<M>) {
    this.#parts = parts;
  }

  /** The error that makes further sends useless: SQS refuses everything, or an outcome could not be recorded. */
  get problem(): unknown {
    return this.#problem;
  }

  /** How many messages SQS accepted. */
  get sent(): number {
    return this.#sent;
  }

  /** Starts to send at most ten messages, as soon as fewer than `concurrency` sends are in flight. */
  async send(messages: readonly M[]): Promise<void> {
    while (this.#running.size >= this.#parts.concurrency) await Promise.race(this.#running);
    const sending = this.#send(messages).catch((error: unknown) => {
      this.#problem ??= error;
    });
    this.#running.add(sending);
    void sending.finally(() => this.#running.delete(sending));
  }

  /** Resolves when no send is in flight any more. */
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
      // Pause after a lost answer too: it holds this slot, so that an outage does not use up every message.
      if (answer.kind === 'unknown') await this.#pause(this.#lost);
      else if (batch.length > 0 && answer.kind !== 'groups_refused') await this.#pause(tries);
    }
  }

  /** Records final outcomes; returns the messages to retry. */
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

  /** Returns false when the message is to be retried. */
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
    // The drain cuts a pause short, so that giving up does not keep the user waiting. Pauses that begin later end on stop.
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
    this.#parts.tell('SQS does not answer; retrying', error);
  }

  #answered(): void {
    this.#lost = 0;
    if (this.#told === 0) return;
    this.#told = 0;
    this.#parts.tell('SQS answers again');
  }
}
