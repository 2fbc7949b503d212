import type pg from 'pg';
import { countDead, type DeadFilter, discardDead, moveDead } from '../../postgres/outcomes/dead.ts';
import { announceReplay, countChosen, insertDeadReplay } from '../../postgres/replays/begin.ts';
import { inTransaction } from '../../postgres/transaction.ts';

const PAGE = 1_000;

interface Run {
  /** Aborting ends the run after the current page. */
  readonly signal: AbortSignal;
  /** Called after each page with the number done so far. */
  readonly progress: (done: number) => void;
}

interface Ended {
  readonly done: number;
  /** False when it was interrupted: the same call continues. */
  readonly complete: boolean;
}

/** Deletes dead deliveries, in pages, each in its own transaction. */
export async function discardDeadDeliveries(
  pool: pg.Pool,
  filter: DeadFilter,
  { signal, progress }: Run,
): Promise<Ended> {
  let done = 0;
  while (!signal.aborted) {
    const discarded = await discardDead(pool, filter, PAGE);
    done += discarded;
    progress(done);
    if (discarded < PAGE) return { done, complete: true };
  }
  return { done, complete: false };
}

/**
 * Delivers dead deliveries again: for each endpoint a replay, in pages, each in its own transaction. `left` counts those whose message
 * is gone.
 */
export async function replayDeadDeliveries(
  pool: pg.Pool,
  filter: DeadFilter,
  { signal, progress }: Run,
): Promise<Ended & { readonly left: number }> {
  let done = 0;
  for (const { endpoint } of await countDead(pool, filter)) {
    for (let replay: string | undefined; !signal.aborted; ) {
      const page = await replayPage(pool, endpoint, replay, filter);
      done += page.moved;
      replay = page.replay;
      progress(done);
      if (page.moved < PAGE) break;
    }
  }
  if (signal.aborted) return { done, complete: false, left: 0 };
  const left = (await countDead(pool, filter)).reduce((sum, { count }) => sum + count, 0);
  return { done, complete: true, left };
}

async function replayPage(
  pool: pg.Pool,
  endpoint: number,
  before: string | undefined,
  filter: DeadFilter,
): Promise<{ readonly moved: number; readonly replay: string }> {
  return inTransaction(pool, async (client) => {
    const replay = before ?? (await insertDeadReplay(client, endpoint));
    const moved = await moveDead(client, { endpoint, replay }, filter, PAGE);
    await countChosen(client, replay, moved);
    if (moved > 0) await announceReplay(client, endpoint);
    return { moved, replay };
  });
}
