import { type StorableEvent, type Store, StoreError } from './ports.ts';
import type { RowOutcome } from './row-outcome.ts';

/** After this many refused rows of a batch, the rest is stored one by one: halving costs more when many are refused. */
const MAX_HALVED = 8;

/**
 * Stores events with one statement; when PostgreSQL refuses a row, splits them until that row stands alone and its neighbours
 * are stored.
 * @throws StoreError `unavailable` or `blocked`
 */
export function storeHalves(
  store: Pick<Store, 'store'>,
  events: readonly StorableEvent[],
  lockTimeoutMs?: number,
): Promise<RowOutcome[]> {
  return split(store, events, lockTimeoutMs, { refused: 0 });
}

async function split(
  store: Pick<Store, 'store'>,
  events: readonly StorableEvent[],
  lockTimeoutMs: number | undefined,
  count: { refused: number },
): Promise<RowOutcome[]> {
  try {
    return await store.store(events, lockTimeoutMs);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'bad_row') throw error;
    if (events.length === 1) {
      count.refused += 1;
      return [{ kind: 'refused_row', error }];
    }
    const outcomes: RowOutcome[] = [];
    const half = Math.ceil(events.length / 2);
    while (outcomes.length < events.length) {
      const size = count.refused < MAX_HALVED ? half : 1;
      const piece = events.slice(outcomes.length, outcomes.length + size);
      const stored = await split(store, piece, lockTimeoutMs, count);
      outcomes.push(...stored);
      // A changed schema holds back all of its statement, to keep the order; so it holds back what follows too.
      if (stored.some(({ kind }) => kind === 'schema_changed'))
        outcomes.push(...events.slice(outcomes.length).map(() => ({ kind: 'unresolved' as const })));
    }
    return outcomes;
  }
}
