import { randomUUID } from 'node:crypto';
import { fullJitterMs } from '#internal/waiting/back-off.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import type { Ledger, Outcome } from '#internal/load/ledger.ts';
import type { Body } from '#internal/load/packer.ts';
import {
  type BatchAnswer,
  type BatchTarget,
  type Parcel,
  type ParcelAnswer,
  sendBatch,
} from './send-batch.ts';

/** Tries of what SQS answered not to have taken this time. */
const MAX_TRIES = 6;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;
/** An outage is told about once in so long. */
const REMINDER_MS = 10_000;

export interface SenderParts extends Omit<BatchTarget, 'groups'> {
  /** Sends under way at once. */
  readonly concurrency: number;
  readonly ledger: Ledger;
  /** Once aborted, what SQS cannot be reached for is given up. */
  readonly drain: AbortSignal;
  /** Once aborted, nothing is waited for any more. */
  readonly stop: AbortSignal;
  /** Tells the user what happens; `error` is for the reason of an outage. */
  readonly tell: (message: string, error?: unknown) => void;
}

/** Sends bodies to one queue and records what became of each event, exactly once. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #running = new Set<Promise<void>>();
  #groups = true;
  #told = 0;
  /** Sends in a row whose answers were lost. */
  #lost = 0;
  #problem: unknown;
  #messages = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Why SQS refuses everything, once it does: no use to go on. */
  get problem(): unknown {
    return this.#problem;
  }

  /** SQS messages that SQS took. */
  get messages(): number {
    return this.#messages;
  }

  /** Starts to send, as soon as fewer than `concurrency` sends are under way. At most ten bodies. */
  async send(bodies: readonly Body[]): Promise<void> {
    while (this.#running.size >= this.#parts.concurrency) await Promise.race(this.#running);
    const delivery = this.#deliver(bodies).catch((error: unknown) => {
      this.#problem ??= error;
    });
    this.#running.add(delivery);
    void delivery.finally(() => this.#running.delete(delivery));
  }

  /** Resolves when no send is under way any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #deliver(bodies: readonly Body[]): Promise<void> {
    let parcels: readonly Parcel[] = bodies.map((body) => ({ body, deduplicationId: randomUUID() }));
    for (let tries = 1; parcels.length > 0; tries += 1) {
      if (this.#parts.stop.aborted) return this.#recordAll(parcels, 'failed');
      const answer = await sendBatch(this.#target(), parcels, this.#parts.stop);
      parcels = this.#settle(parcels, answer, tries);
      // A pause after a lost answer too: it keeps this place taken, so that not everything is sent into the void.
      if (answer.kind === 'unknown') await this.#pause(this.#lost);
      else if (parcels.length > 0 && answer.kind !== 'groups_refused') await this.#pause(tries);
    }
  }

  /** Records what is decided; answers what is to be sent again. */
  #settle(parcels: readonly Parcel[], answer: BatchAnswer, tries: number): readonly Parcel[] {
    const { drain } = this.#parts;
    switch (answer.kind) {
      case 'answered':
        this.#answered();
        return parcels.filter((parcel, i) => !this.#settleParcel(parcel, answer.parcels[i], tries));
      case 'groups_refused':
        this.#withoutGroups();
        return parcels;
      case 'unreachable':
        this.#outage(answer.error);
        if (!drain.aborted) return parcels;
        break;
      case 'throttled':
        if (!drain.aborted || tries < MAX_TRIES) return parcels;
        break;
      case 'refused':
        this.#problem ??= answer.error;
        break;
      case 'unknown':
        this.#lost += 1;
        if (!this.#parts.stop.aborted) this.#outage(answer.error);
        this.#recordAll(parcels, 'unknown');
        return [];
    }
    this.#recordAll(parcels, 'failed');
    return [];
  }

  #settleParcel(parcel: Parcel, answer: ParcelAnswer = { kind: 'unknown' }, tries: number): boolean {
    if (answer.kind === 'sent') {
      this.#messages += 1;
      this.#record(parcel.body, 'ok', answer.messageId);
      return true;
    }
    if (answer.kind === 'refused' && answer.retryable && tries < MAX_TRIES) return false;
    if (answer.kind === 'refused') this.#parts.tell(`SQS refused a message for good: ${answer.error}`);
    this.#record(parcel.body, answer.kind === 'refused' ? 'failed' : 'unknown');
    return true;
  }

  #recordAll(parcels: readonly Parcel[], outcome: Outcome): void {
    for (const { body } of parcels) this.#record(body, outcome);
  }

  /** An event without an id gets the one that the processor gives it; if SQS told none, one of its own. */
  #record({ tenant, array, events }: Body, outcome: Outcome, messageId?: string): void {
    const nameless = (i: number) =>
      messageId === undefined ? randomUUID() : array ? `${messageId}-${i}` : messageId;
    this.#parts.ledger.record(
      events.map(({ kind, id }, i) => ({ id: id ?? nameless(i), tenant, kind, outcome })),
    );
  }

  #target(): BatchTarget {
    const { client, queueUrl, fifo } = this.#parts;
    return { client, queueUrl, fifo, groups: this.#groups };
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
