import { type Log, type StorableEvent, type Store, StoreError } from './ports.ts';
import type { Work } from './batcher.ts';
import type { Waiting } from './blocked.ts';
import type { Gate } from '../waiting/gate.ts';
import { claimsOf } from './decide.ts';
import { type FinalOutcome, RELEASED } from './outcome.ts';
import { type Refused, rejectApart, type Settled } from './reject-apart.ts';
import type { SchemaRegistry } from './schemas.ts';
import { SEARCH_LOCK_TIMEOUT_MS, storeApart, storeUnit } from './store-apart.ts';
import type { RowOutcome } from './row-outcome.ts';
import { storeEvents } from './store-events.ts';
import { namesOf, unitsOf } from './units.ts';

/** SQS may count the lease from a moment before the message arrived here. */
const LEASE_MARGIN_MS = 1_000;

/** Tries while draining when PostgreSQL is away; after these, this batch and all after it are given back. */
const TRIES_WHILE_DRAINING = 3;
const PAUSE_WHILE_DRAINING_MS = 1_000;

/** Lock timeout of a batch while other events wait for a lock. */
const HURRIED_LOCK_TIMEOUT_MS = 200;

/** PostgreSQL cancelled the statement because it took too long; fewer events at once may take less. */
const TOOK_TOO_LONG = '57014';

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
   * Settles all of the batch but what waits for a lock, which it returns. Throws only unexpected errors; then none of
   * what is left is settled.
   * @param hurried other events wait for a lock already, so that another one is likely
   */
  async commit(batch: readonly Work[], hurried: boolean): Promise<readonly Waiting[]> {
    const lockTimeoutMs = hurried ? HURRIED_LOCK_TIMEOUT_MS : undefined;
    return this.#bring(batch, (events, works) => this.#storeApart(events, works, lockTimeoutMs));
  }

  /** Tries works again that waited; `apart` looks for the single event of a unit that waits, and stores the others. */
  async retry(waiting: readonly Work[], apart: boolean): Promise<readonly Waiting[]> {
    const ordered = waiting[0]?.held.group !== undefined;
    return this.#bring(waiting, (events, works) =>
      ordered || apart
        ? storeUnit(this.#parts.store, events, { apart, ordered })
        : this.#storeApart(events, works, SEARCH_LOCK_TIMEOUT_MS),
    );
  }

  #storeApart(
    events: readonly StorableEvent[],
    works: readonly Work[],
    lockTimeoutMs: number | undefined,
  ): Promise<RowOutcome[]> {
    return storeApart(this.#parts.store, { events, units: () => unitsOf(works.map(namesOf)), lockTimeoutMs });
  }

  async #bring(batch: readonly Work[], storeWorks: StoreWorks): Promise<readonly Waiting[]> {
    const waiting: Waiting[] = [];
    let works = batch;
    let pieces = 1;
    for (;;) {
      works = this.#dropLost(works);
      try {
        // All leases are lost: only this statement can tell whether PostgreSQL is back.
        if (works.length === 0) await this.#parts.store.schemas([]);
        while (works.length > 0) {
          const size = Math.ceil(works.length / pieces);
          const stopped = await this.#commitOnce(works.slice(0, size), storeWorks);
          works = works.slice(size);
          // What follows in a message group of which something waits must not be stored before it.
          const groups = new Set(stopped.flatMap(({ work: { held } }) => held.group ?? []));
          const followers = works.filter(({ held: { group } }) => group !== undefined && groups.has(group));
          if (followers.length > 0) works = works.filter((work) => !followers.includes(work));
          waiting.push(...stopped, ...followers.map((work) => ({ work, row: undefined })));
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
  async #commitOnce(works: readonly Work[], storeWorks: StoreWorks): Promise<readonly Waiting[]> {
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
    const settled: Settled[] = [];
    const waiting: Waiting[] = [];
    for (let i = 0; i < storable.length; i += 1) {
      const { work, event } = storable[i] as (typeof storable)[number];
      const outcome = outcomes[i] as (typeof outcomes)[number];
      if (outcome.kind === 'rejected')
        refused.push({ work, refusal: outcome.refusal, claims: claimsOf(event) });
      else if (outcome.kind === 'blocked') waiting.push({ work, row: outcome.row });
      else settled.push({ work, outcome });
    }
    if (refused.length > 0) {
      const rejected = await rejectApart(refused, this.#parts);
      settled.push(...rejected.settled);
      waiting.push(...rejected.waiting);
    }
    // Last, so that a throw above leaves all of the works unsettled.
    for (const { work, outcome } of settled) this.#parts.settle(work, outcome);
    return waiting;
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
