import { type StorableEvent, type Store, StoreError, type StoreOutcome } from './ports.ts';

/** Outcome of one event in a statement; or PostgreSQL refused this row; or it waits for a lock. */
export type RowOutcome =
  | StoreOutcome
  | { readonly kind: 'refused_row'; readonly error: StoreError }
  | { readonly kind: 'blocked'; readonly error: StoreError };

/** Lock timeout of statements that search for what waits: far above what our own transactions take, far below the first timeout. */
export const SEARCH_LOCK_TIMEOUT_MS = 200;

/** Locks that are searched for in one batch; what is left after that waits with them. */
const MAX_FOUND = 10;

/** Events that are set aside together: of one client and event type, or of one message group, in their order. */
export interface Unit {
  /** Positions in the batch, ascending. */
  readonly positions: readonly number[];
  readonly client: string;
  readonly eventType: string;
}

/** A batch, and the units that it can be split into. */
export interface Separable {
  readonly events: readonly StorableEvent[];
  /** Called only when something waits. */
  readonly units: () => readonly Unit[];
}

/**
 * One statement for all. When PostgreSQL refuses a row, halves, until the row stands alone and its neighbours are stored.
 * When it waits too long for a lock that somebody else holds (a row of the registry, a key of the ledger), units, until
 * those that wait are found and all others are stored.
 * @throws StoreError `unavailable`, also when everything waits
 */
export async function storeApart(
  store: Pick<Store, 'store'>,
  { events, units }: Separable,
): Promise<RowOutcome[]> {
  try {
    return await storeHalves(store, events);
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
  const singles = events.map((_, i): Unit => ({ positions: [i], client: '', eventType: '' }));
  if ((await search.passes(singles)) || !apart) return search.outcomes();
  if (ordered) await search.passInOrder(singles, Math.ceil(events.length / 2));
  else {
    const { untried } = await search.narrow(singles);
    if (untried.length > 0) await search.passes(untried);
  }
  return search.outcomes();
}

/** One statement for all; when PostgreSQL refuses a row, halves, until the row stands alone and its neighbours are stored. */
export async function storeHalves(
  store: Pick<Store, 'store'>,
  events: readonly StorableEvent[],
  lockTimeoutMs?: number,
): Promise<RowOutcome[]> {
  try {
    return await store.store(events, lockTimeoutMs);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'bad_row') throw error;
    if (events.length === 1) return [{ kind: 'refused_row', error }];
    const half = events.length >> 1;
    const first = await storeHalves(store, events.slice(0, half), lockTimeoutMs);
    // A changed schema holds back all of its statement, to keep the order; so it holds back the second half too.
    if (first.some(({ kind }) => kind === 'schema_changed'))
      return first.concat(events.slice(half).map(() => ({ kind: 'unresolved' })));
    return first.concat(await storeHalves(store, events.slice(half), lockTimeoutMs));
  }
}

/** Stores what passes and keeps the outcome of each event; events without an outcome in the end wait for a lock. */
class Search {
  readonly #store: Pick<Store, 'store'>;
  readonly #events: readonly StorableEvent[];
  readonly #outcomes: (RowOutcome | undefined)[];
  #error: StoreError | undefined;
  #passed = false;

  constructor(store: Pick<Store, 'store'>, events: readonly StorableEvent[]) {
    this.#store = store;
    this.#events = events;
    this.#outcomes = events.map(() => undefined);
  }

  outcomes(): RowOutcome[] {
    return this.#outcomes.map((outcome) => outcome ?? { kind: 'blocked', error: this.#error as StoreError });
  }

  /** Whether these could be stored. A second try of what a refused half had stored before finds its own rows. */
  async passes(units: readonly Unit[]): Promise<boolean> {
    const positions = units.flatMap((unit) => unit.positions).toSorted((a, b) => a - b);
    const events = positions.map((position) => this.#events[position] as StorableEvent);
    try {
      const outcomes = await storeHalves(this.#store, events, SEARCH_LOCK_TIMEOUT_MS);
      for (const [i, position] of positions.entries()) this.#outcomes[position] = outcomes[i];
      this.#passed = true;
      return true;
    } catch (error) {
      if (!isBlocked(error)) throw error;
      this.#error = error;
      return false;
    }
  }

  /** Among units that do not pass together, finds the first that waits; also returns those after it that were not tried. */
  async narrow(units: readonly Unit[]): Promise<{ found: Unit; untried: Unit[] }> {
    let suspects = units;
    let untried: Unit[] = [];
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
    return { found: suspects[0] as Unit, untried };
  }

  /** Stores up to the first that waits and nothing after it, in pieces of that size and ever smaller ones. */
  async passInOrder(units: readonly Unit[], firstSize: number): Promise<void> {
    let size = firstSize;
    for (let from = 0; from < units.length; ) {
      if (await this.passes(units.slice(from, from + size))) from += size;
      else if (size === 1) return;
      else size = Math.ceil(size / 2);
      // A changed schema holds back all of its statement, and so also what is behind it.
      if (this.#outcomes.some((outcome) => outcome?.kind === 'schema_changed')) return this.#holdBack();
    }
  }

  #holdBack(): void {
    for (const i of this.#outcomes.keys()) this.#outcomes[i] ??= { kind: 'unresolved' };
  }

  async passAllBut(units: readonly Unit[], error: StoreError): Promise<RowOutcome[]> {
    this.#error = error;
    let open = units;
    for (let found = 0; open.length > 0 && found < MAX_FOUND; found += 1) {
      if (await this.passes(open)) break;
      const waits = await this.narrow(open);
      open = waits.untried;
      if (!this.#passed) open = await this.#demandStranger(waits.found, open);
      open = await this.#passKin(open, ({ client }) => client === waits.found.client);
      open = await this.#passKin(open, ({ eventType }) => eventType === waits.found.eventType);
    }
    return this.outcomes();
  }

  /** When nothing passed so far, a unit that shares neither client nor event type shows whether everything waits. */
  async #demandStranger(found: Unit, open: readonly Unit[]): Promise<readonly Unit[]> {
    const stranger = open.find(
      ({ client, eventType }) => client !== found.client && eventType !== found.eventType,
    );
    if (stranger === undefined || (await this.passes([stranger])))
      return open.filter((unit) => unit !== stranger);
    const { message, sqlState, cause } = this.#error as StoreError;
    throw new StoreError('unavailable', `everything waits: ${message}`, sqlState, cause);
  }

  /** Units that may wait for the same row of the registry are tried together, and set aside together. */
  async #passKin(open: readonly Unit[], isKin: (unit: Unit) => boolean): Promise<readonly Unit[]> {
    const kin = open.filter(isKin);
    if (kin.length === 0) return open;
    await this.passes(kin);
    return open.filter((unit) => !isKin(unit));
  }
}

function isBlocked(error: unknown): error is StoreError {
  return error instanceof StoreError && error.kind === 'blocked';
}
