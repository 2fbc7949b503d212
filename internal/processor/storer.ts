import type { EventClaims } from '../event/event.ts';
import type { Refusal } from '../event/rejection.ts';
import { type RejectionRecord, type StorableEvent, StoreError } from '../event/storing.ts';
import type { Work } from './batcher.ts';
import type { Breaker } from './breaker.ts';
import { claimsOf } from './decide.ts';
import type { Log, Store } from './ports.ts';
import type { SchemaRegistry } from './schemas.ts';
import { type FinalOutcome, storeEvents } from './store-events.ts';

/** The server may count the lease from a moment before we saw the message. */
const LEASE_MARGIN_MS = 1_000;

/** While draining, a database that is away gets so many tries; then this batch and all after it are given back. */
const TRIES_WHILE_DRAINING = 3;
const PAUSE_WHILE_DRAINING_MS = 1_000;

/** What became of one piece of work. `released`: nothing is known to be written, the queue delivers it again. */
export type WorkOutcome =
  | { readonly kind: 'stored' | 'duplicate' | 'released' }
  | { readonly kind: 'rejected'; readonly refusal: Refusal };

interface Refused {
  readonly work: Work;
  readonly refusal: Refusal;
  readonly claims: EventClaims;
}

interface StorerParts {
  readonly store: Store;
  readonly schemas: SchemaRegistry;
  readonly breaker: Breaker;
  readonly queue: string;
  readonly log: Log;
  /** Aborts at the drain. */
  readonly drain: AbortSignal;
  /** Aborts when work that is not stored yet is to be given back. */
  readonly stop: AbortSignal;
  readonly finish: (work: Work, outcome: WorkOutcome) => void;
}

/** Brings batches into the store and finishes each piece of work once its outcome is committed. */
export class Storer {
  readonly #parts: StorerParts;
  #triesWhileDraining = 0;

  constructor(parts: StorerParts) {
    this.#parts = parts;
  }

  /** Finishes all of the batch. Throws only what nobody expected; then none of what is left is finished. */
  async commit(batch: readonly Work[]): Promise<void> {
    let works = batch;
    for (;;) {
      works = this.#dropLost(works);
      try {
        // All leases are lost: then only this can tell whether PostgreSQL is back.
        if (works.length === 0) await this.#parts.store.schemas([]);
        await this.#commitOnce(works);
        this.#triesWhileDraining = 0;
        return this.#parts.breaker.succeeded();
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'unavailable') throw error;
        if (this.#parts.drain.aborted) this.#triesWhileDraining += 1;
        if (this.#parts.stop.aborted || this.#triesWhileDraining >= TRIES_WHILE_DRAINING)
          return this.#release(works);
        await this.#pause(error);
      }
    }
  }

  async #commitOnce(works: readonly Work[]): Promise<void> {
    const storable: { work: Work; event: StorableEvent }[] = [];
    const refused: Refused[] = [];
    for (const work of works) {
      const { decision } = work;
      if (decision.kind === 'storable') storable.push({ work, event: decision.storable });
      else refused.push({ work, refusal: decision.refusal, claims: decision.claims });
    }
    const outcomes = await storeEvents(
      storable.map(({ event }) => event),
      this.#parts,
    );
    const finished: { work: Work; outcome: WorkOutcome }[] = [];
    for (let i = 0; i < storable.length; i += 1) {
      const { work, event } = storable[i] as (typeof storable)[number];
      const outcome = outcomes[i] as FinalOutcome;
      if (outcome.kind === 'refused')
        refused.push({ work, refusal: outcome.refusal, claims: claimsOf(event) });
      else finished.push({ work, outcome: { kind: outcome.kind } });
    }
    if (refused.length > 0) finished.push(...(await this.#reject(refused)));
    // Last, so that a throw above leaves all of the works unfinished.
    for (const { work, outcome } of finished) this.#parts.finish(work, outcome);
  }

  async #reject(refused: readonly Refused[]): Promise<{ work: Work; outcome: WorkOutcome }[]> {
    try {
      await this.#parts.store.reject(refused.map((entry) => this.#recordOf(entry)));
      return refused.map(({ work, refusal }) => ({ work, outcome: { kind: 'rejected', refusal } }));
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'bad_row') throw error;
      if (refused.length === 1) return this.#leaveOnQueue(refused[0] as Refused, error);
      const half = refused.length >> 1;
      const first = await this.#reject(refused.slice(0, half));
      return first.concat(await this.#reject(refused.slice(half)));
    }
  }

  // Not even a rejection can be kept of it. It stays on the queue, whose redrive policy keeps it in the end.
  #leaveOnQueue({ work, refusal }: Refused, error: StoreError): { work: Work; outcome: WorkOutcome }[] {
    const { messageId } = work.delivery;
    this.#parts.log.error(
      { messageId, reason: refusal.reason, sqlState: error.sqlState, err: error },
      'a rejection was refused by PostgreSQL; its message is left on the queue',
    );
    return [{ work, outcome: { kind: 'released' } }];
  }

  #recordOf({ work, refusal, claims }: Refused): RejectionRecord {
    const { delivery, index, text } = work;
    return {
      ...refusal,
      queue: this.#parts.queue,
      sqsMessageId: delivery.messageId,
      eventIndex: index,
      claims,
      body: text(),
      attributes: delivery.attributes,
      systemAttributes: delivery.systemAttributes,
      receiveCount: delivery.receiveCount,
      receivedAt: delivery.receivedAt,
    };
  }

  // Another processor may have it by now: storing it here too would only find duplicates.
  #dropLost(works: readonly Work[]): readonly Work[] {
    const now = performance.now() + LEASE_MARGIN_MS;
    const groups = new Set<string>();
    const lost = works.filter(({ delivery: { leaseUntilMs, group } }) => {
      if (group === undefined) return leaseUntilMs < now;
      if (leaseUntilMs < now) groups.add(group);
      return groups.has(group); // and so is what follows in its message group
    });
    if (lost.length === 0) return works;
    this.#parts.log.warn(
      { events: lost.length },
      'leases ran out before the events were stored; they come again',
    );
    this.#release(lost);
    return works.filter((work) => !lost.includes(work));
  }

  async #pause(error: StoreError): Promise<void> {
    const { breaker, log, drain, stop } = this.#parts;
    if (!breaker.open) {
      log.warn(
        { sqlState: error.sqlState, err: error },
        'PostgreSQL is away; receiving pauses until it is back',
      );
    }
    if (drain.aborted) await breaker.failed(stop, PAUSE_WHILE_DRAINING_MS);
    else await breaker.failed(drain);
  }

  #release(works: readonly Work[]): void {
    for (const work of works) this.#parts.finish(work, { kind: 'released' });
  }
}
