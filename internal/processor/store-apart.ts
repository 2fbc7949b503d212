import { type StorableEvent, type Store, StoreError } from './ports.ts';
import type { RowOutcome } from './row-outcome.ts';
import { storeHalves } from './store-halves.ts';
import { lockName, type Unit } from './units.ts';

/** Lock timeout while searching: above what our own transactions take, and far below the first timeout. */
export const SEARCH_LOCK_TIMEOUT_MS = 50;

/** A batch is searched for this long; what was not tried by then waits with the rest, and is tried first from there. */
const SEARCH_MS = 2_000;

/** A batch, and the units that it can be split into. */
export interface Separable {
  readonly events: readonly StorableEvent[];
  /** Called only when something waits. */
  readonly units: () => readonly Unit[];
  /** Of the first statement; the store's own unless told. */
  readonly lockTimeoutMs?: number | undefined;
}

/**
 * Stores all with one statement. When PostgreSQL refuses a row, the batch is split until that row stands alone. When a
 * statement waits too long for a lock that another session holds (a row of the registry, a key of the ledger), the units
 * that wait are searched for, and all others are stored.
 * @throws StoreError `unavailable`
 */
export async function storeApart(
  store: Pick<Store, 'store'>,
  { events, units, lockTimeoutMs }: Separable,
): Promise<RowOutcome[]> {
  try {
    return await storeHalves(store, events, lockTimeoutMs);
  } catch (error) {
    if (!isBlocked(error)) throw error;
    return new Search(store, events).passAllBut(units(), error);
  }
}

export interface UnitSettings {
  /** The unit is a message group, whose order is kept. */
  readonly ordered: boolean;
  /** Search for the single event that waits, and store the others; in a message group, only those before it. */
  readonly apart: boolean;
}

/** Tries a unit that waited before. */
export async function storeUnit(
  store: Pick<Store, 'store'>,
  events: readonly StorableEvent[],
  { ordered, apart }: UnitSettings,
): Promise<RowOutcome[]> {
  const search = new Search(store, events);
  const singles = events.map((_, i): Piece => ({ positions: [i] }));
  if ((await search.passes(singles)) || !apart) return search.outcomes();
  if (ordered) await search.passInOrder(singles, Math.ceil(events.length / 2));
  else {
    const { untried } = await search.narrow(singles);
    if (untried.length > 0) await search.passes(untried);
  }
  return search.outcomes();
}

type Piece = Pick<Unit, 'positions'>;

/** Stores what passes and keeps the outcome of each event; events without an outcome in the end wait for a lock. */
class Search {
  readonly #store: Pick<Store, 'store'>;
  readonly #events: readonly StorableEvent[];
  readonly #outcomes: (RowOutcome | undefined)[];
  /** Tenants of which something waits. */
  readonly #affected = new Set<string>();
  #error: StoreError | undefined;

  constructor(store: Pick<Store, 'store'>, events: readonly StorableEvent[]) {
    this.#store = store;
    this.#events = events;
    this.#outcomes = events.map(() => undefined);
  }

  outcomes(): RowOutcome[] {
    const error = this.#error as StoreError;
    return this.#outcomes.map((outcome) => outcome ?? { kind: 'blocked', error, row: undefined });
  }

  /** Whether these could be stored. A second try of what a refused half had stored before finds its own rows. */
  async passes(pieces: readonly Piece[]): Promise<boolean> {
    const positions = pieces.flatMap((piece) => piece.positions).toSorted((a, b) => a - b);
    const events = positions.map((position) => this.#events[position] as StorableEvent);
    try {
      const outcomes = await storeHalves(this.#store, events, SEARCH_LOCK_TIMEOUT_MS);
      for (const [i, position] of positions.entries()) this.#outcomes[position] = outcomes[i];
      return true;
    } catch (error) {
      if (!isBlocked(error)) throw error;
      this.#error = error;
      return false;
    }
  }

  /** Among pieces that do not pass together, finds the first that waits; also returns those after it that were not tried. */
  async narrow<P extends Piece>(pieces: readonly P[]): Promise<{ found: P; untried: P[] }> {
    let suspects = pieces;
    let untried: P[] = [];
    while (suspects.length > 1) {
      const half = suspects.length >> 1;
      const first = suspects.slice(0, half);
      const second = suspects.slice(half);
      if (await this.passes(first)) suspects = second;
      else {
        suspects = first;
        untried = [...second, ...untried];
      }
    }
    return { found: suspects[0] as P, untried };
  }

  /** Stores up to the first that waits and nothing after it, in pieces of that size and ever smaller ones. */
  async passInOrder(pieces: readonly Piece[], firstSize: number): Promise<void> {
    let size = firstSize;
    for (let from = 0; from < pieces.length; ) {
      if (await this.passes(pieces.slice(from, from + size))) from += size;
      else if (size === 1) return;
      else size = Math.ceil(size / 2);
      // A changed schema holds back all of its statement, and so also what is behind it.
      if (this.#outcomes.some((outcome) => outcome?.kind === 'schema_changed')) return this.#holdBack();
    }
  }

  #holdBack(): void {
    for (const i of this.#outcomes.keys()) this.#outcomes[i] ??= { kind: 'unresolved' };
  }

  /** Stores all but what waits, the tenants of which nothing is known to wait before the others. */
  async passAllBut(units: readonly Unit[], error: StoreError): Promise<RowOutcome[]> {
    const endMs = performance.now() + SEARCH_MS;
    this.#error = error;
    const open = new Set(units);
    for (let failed = units; ; ) {
      for (const unit of await this.#setAside(failed)) open.delete(unit);
      failed = await this.#passUntilFailure(open);
      if (failed.length === 0 || performance.now() > endMs) return this.outcomes();
    }
  }

  /** Stores what is open until something of it waits; returns what was tried then. */
  async #passUntilFailure(open: Set<Unit>): Promise<readonly Unit[]> {
    while (open.size > 0) {
      const others = [...open].filter(({ names }) => !this.#affected.has(names.tenant));
      const next = others.length > 0 ? others : [...open];
      if (!(await this.passes(next))) return next;
      for (const unit of next) open.delete(unit);
    }
    return [];
  }

  /** Finds units that wait, of some that do not pass together; returns all units that need no further try. */
  async #setAside(units: readonly Unit[]): Promise<readonly Unit[]> {
    const told = lockName(this.#error?.awaits);
    const known = told === undefined ? [] : this.#block(units, told);
    if (known.length > 0) return known;
    const { found, untried } = await this.narrow(units);
    const done = units.filter((unit) => !untried.includes(unit));
    // The last statement may have been about others; this one says what this unit waits for.
    if (await this.passes([found])) return done;
    const row = rowOf(found, this.#error);
    return [...done, ...this.#block(row === undefined ? [found] : units, row)];
  }

  /** Sets aside those of the units that need the row, or all of them where it is not known; returns these. */
  #block(units: readonly Unit[], row: string | undefined): readonly Unit[] {
    const error = this.#error as StoreError;
    const waiting = row === undefined ? units : units.filter(({ rows }) => rows.has(row));
    for (const { positions, names } of waiting) {
      this.#affected.add(names.tenant);
      for (const position of positions) this.#outcomes[position] = { kind: 'blocked', error, row };
    }
    return waiting;
  }
}

/** The row that a unit waits for; undefined for a key of the ledger, and for message groups with several clients or types. */
function rowOf({ names, rows }: Unit, error: StoreError | undefined): string | undefined {
  const row = lockName(error?.awaits);
  if (row !== undefined && rows.has(row)) return row;
  if (error?.awaits === undefined || rows.size > 2) return undefined;
  return error.awaits.table === 'client' ? names.client : names.eventType;
}

function isBlocked(error: unknown): error is StoreError {
  return error instanceof StoreError && error.kind === 'blocked';
}
