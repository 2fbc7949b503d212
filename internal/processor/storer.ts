import type { EventClaims } from '../event/event.ts';
import type { Refusal } from '../event/rejection.ts';
import { type Log, type RejectionRecord, type StorableEvent, type Store, StoreError } from './ports.ts';
import type { Work } from './batcher.ts';
import type { Gate } from '../waiting/gate.ts';
import { claimsOf } from './decide.ts';
import { logRejections } from './log-rejections.ts';
import { type FinalOutcome, RELEASED } from './outcome.ts';
import type { SchemaRegistry } from './schemas.ts';
import { type RowOutcome, SEARCH_LOCK_TIMEOUT_MS, storeApart, storeUnit } from './store-apart.ts';
import { storeEvents } from './store-events.ts';
import { namesOf, unitsOf } from './units.ts';

/** SQS may count the lease from a moment before the message arrived here. */
const LEASE_MARGIN_MS = 1_000;

/** Tries while draining when PostgreSQL is away; after these, this batch and all after it are given back. */
const TRIES_WHILE_DRAINING = 3;
const PAUSE_WHILE_DRAINING_MS = 1_000;

/** PostgreSQL cancelled the statement because it took too long; fewer events at once may take less. */
const TOOK_TOO_LONG = '57014';

interface Refused {
  readonly work: Work;
  readonly refusal: Refusal;
  readonly claims: EventClaims;
}

interface StorerParts {
  readonly store: Store;
  readonly schemas: SchemaRegistry;
  readonly gate: Gate;
  readonly queue: string;
  readonly log: Log;
  /** Aborts at the drain. */
  readonly drain: AbortSignal;
  /** Aborts when work that is not stored yet is to be given back. */
  readonly stop: AbortSignal;
  readonly settle: (work: Work, outcome: FinalOutcome) => void;
}

/** Works that have their outcome, and works that wait for a lock which another session holds. */
interface Ended {
  readonly settled: { readonly work: Work; readonly outcome: FinalOutcome }[];
  readonly waiting: Work[];
}

/** Stores the events of some works. */
type StoreWorks = (events: readonly StorableEvent[], works: readonly Work[]) => Promise<RowOutcome[]>;

/** Brings batches into the store and settles each piece of work once its outcome is committed. */
export class Storer {
  readonly #parts: StorerParts;
  #triesWhileDraining = 0;

  constructor(parts: StorerParts) {
    this.#parts = parts;
  }

  /**
   * Settles all of the batch but what waits for a lock, which it returns. Throws only what nobody expected; then none of
   * what is left is settled.
   */
  async commit(batch: readonly Work[]): Promise<readonly Work[]> {
    const { store } = this.#parts;
    return this.#bring(batch, (events, works) =>
      storeApart(store, { events, units: () => unitsOf(works.map(namesOf)) }),
    );
  }

  /** Tries works of one unit that waited before; `apart` looks for the one event that waits, and stores the others. */
  async retry(unit: readonly Work[], apart: boolean): Promise<readonly Work[]> {
    const settings = { apart, ordered: unit[0]?.held.group !== undefined };
    return this.#bring(unit, (events) => storeUnit(this.#parts.store, events, settings));
  }

  async #bring(batch: readonly Work[], storeWorks: StoreWorks): Promise<readonly Work[]> {
    const waiting: Work[] = [];
    let works = batch;
    let pieces = 1;
    for (;;) {
      works = this.#dropLost(works);
      try {
        // All leases are lost: only this statement can tell whether PostgreSQL is back.
        if (works.length === 0) await this.#parts.store.schemas([]);
        while (works.length > 0) {
          const size = Math.ceil(works.length / pieces);
          waiting.push(...(await this.#commitOnce(works.slice(0, size), storeWorks)));
          works = works.slice(size);
          pieces = Math.max(1, pieces - 1);
        }
        this.#triesWhileDraining = 0;
        this.#noteSuccess();
        return waiting;
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'unavailable') throw error;
        if (error.sqlState === TOOK_TOO_LONG) pieces = Math.min(works.length, pieces * 2);
        if (this.#parts.drain.aborted) this.#triesWhileDraining += 1;
        if (this.#parts.stop.aborted || this.#triesWhileDraining >= TRIES_WHILE_DRAINING) {
          this.#release(works);
          return waiting;
        }
        await this.#pause(error);
      }
    }
  }

  /** Returns what waits for a lock. */
  async #commitOnce(works: readonly Work[], storeWorks: StoreWorks): Promise<readonly Work[]> {
    const storable: { work: Work; event: StorableEvent }[] = [];
    const refused: Refused[] = [];
    for (const work of works) {
      const { decision } = work;
      if (decision.kind === 'storable') storable.push({ work, event: decision.storable });
      else refused.push({ work, refusal: decision.refusal, claims: decision.claims });
    }
    const outcomes = await storeEvents(
      storable.map(({ event }) => event),
      (events, positions) =>
        storeWorks(
          events,
          positions.map((i) => (storable[i] as { work: Work }).work),
        ),
      this.#parts,
    );
    const settled: Ended['settled'] = [];
    const waiting: Work[] = [];
    for (let i = 0; i < storable.length; i += 1) {
      const { work, event } = storable[i] as (typeof storable)[number];
      const outcome = outcomes[i] as (typeof outcomes)[number];
      if (outcome.kind === 'rejected')
        refused.push({ work, refusal: outcome.refusal, claims: claimsOf(event) });
      else if (outcome.kind === 'blocked') waiting.push(work);
      else settled.push({ work, outcome });
    }
    if (refused.length > 0) {
      const rejected = await this.#reject(refused);
      settled.push(...rejected.settled);
      waiting.push(...rejected.waiting);
    }
    // Last, so that a throw above leaves all of the works unsettled.
    for (const { work, outcome } of settled) this.#parts.settle(work, outcome);
    return waiting;
  }

  /** One statement for all; when PostgreSQL refuses one of them or it waits for a lock, halves. */
  async #reject(refused: readonly Refused[], lockTimeoutMs?: number): Promise<Ended> {
    try {
      const records = refused.map((entry) => this.#recordOf(entry));
      await this.#parts.store.reject(records, lockTimeoutMs);
      logRejections(this.#parts.log, records);
      const settled = refused.map(({ work, refusal }) => ({
        work,
        outcome: { kind: 'rejected' as const, refusal },
      }));
      return { settled, waiting: [] };
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind === 'unavailable') throw error;
      if (refused.length === 1) {
        const [{ work }] = refused as [Refused];
        if (error.kind === 'blocked') return { settled: [], waiting: [work] };
        return { settled: this.#leaveOnQueue(refused[0] as Refused, error), waiting: [] };
      }
      const half = refused.length >> 1;
      const first = await this.#reject(refused.slice(0, half), SEARCH_LOCK_TIMEOUT_MS);
      const second = await this.#reject(refused.slice(half), SEARCH_LOCK_TIMEOUT_MS);
      return {
        settled: [...first.settled, ...second.settled],
        waiting: [...first.waiting, ...second.waiting],
      };
    }
  }

  // PostgreSQL refuses even its rejection. It stays on the queue, whose redrive policy moves it to the dead-letter queue in the end.
  #leaveOnQueue({ work, refusal }: Refused, error: StoreError): Ended['settled'] {
    const { sqsMessageId } = work.held;
    this.#parts.log.error(
      { sqsMessageId, reason: refusal.reason, sqlState: error.sqlState, err: error },
      'a rejection was refused by PostgreSQL; its message is left on the queue',
    );
    return [{ work, outcome: RELEASED }];
  }

  #recordOf({ work, refusal, claims }: Refused): RejectionRecord {
    const { held, index, text } = work;
    return {
      ...refusal,
      queue: this.#parts.queue,
      sqsMessageId: held.sqsMessageId,
      eventIndex: index,
      claims,
      body: text(),
      attributes: held.attributes,
      systemAttributes: held.systemAttributes,
      receiveCount: held.receiveCount,
      receivedAt: held.receivedAt,
    };
  }

  // Another processor may have it by now; storing it here too would only find duplicates.
  #dropLost(works: readonly Work[]): readonly Work[] {
    const now = performance.now() + LEASE_MARGIN_MS;
    const groups = new Set<string>();
    const lost = works.filter(({ held: { leaseUntilMs, group } }) => {
      if (group === undefined) return leaseUntilMs < now;
      if (leaseUntilMs < now) groups.add(group);
      return groups.has(group); // and so is what follows in its message group
    });
    if (lost.length === 0) return works;
    this.#parts.log.warn(
      { events: lost.length },
      'leases ran out before the events were stored; SQS will redeliver them',
    );
    this.#release(lost);
    return works.filter((work) => !lost.includes(work));
  }

  async #pause(error: StoreError): Promise<void> {
    const { gate, log, drain, stop } = this.#parts;
    if (gate.problem === undefined) {
      log.warn(
        { sqlState: error.sqlState, err: error },
        'PostgreSQL is away; receiving pauses until it is back',
      );
    }
    if (drain.aborted) await gate.failed(this, error, stop, PAUSE_WHILE_DRAINING_MS);
    else await gate.failed(this, error, drain);
  }

  #noteSuccess(): void {
    const awayMs = this.#parts.gate.succeeded(this);
    if (awayMs !== undefined)
      this.#parts.log.info({ awaySeconds: Math.round(awayMs / 100) / 10 }, 'PostgreSQL is back');
  }

  #release(works: readonly Work[]): void {
    for (const work of works) this.#parts.settle(work, RELEASED);
  }
}
