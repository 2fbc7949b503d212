import type pg from 'pg';
import { readChores, writeChore } from '../postgres/chores.ts';
import { deleteExpired, type Expiring } from '../postgres/rejections/expire.ts';
import type { Log } from '../processor/ports.ts';
import { sleep } from '../waiting/sleep.ts';
import { LOCKS, runOnce } from './once.ts';

const HOUR_MS = 3_600_000;

/** How often a process checks whether the hour is over. */
const LOOK_MS = 600_000;
const PAGE = 500;

interface RetentionParts {
  readonly pool: pg.Pool;
  readonly log: Log;
  /** Days for which rejections are kept; a kind without a number is kept for ever. */
  readonly days: Readonly<Partial<Record<Expiring, number>>>;
}

/**
 * Until the signal, deletes rejections past their retention once an hour, in one process per database, in pages with
 * pauses as long as the pages take.
 */
export async function keepRetention(parts: RetentionParts, closing: AbortSignal): Promise<void> {
  const rules = (Object.entries(parts.days) as [Expiring, number][]).map(([which, days]) => ({
    which,
    days,
  }));
  if (rules.length === 0) return;
  const deleted = { settled: 0, open: 0 };
  while (!closing.aborted) {
    const startedMs = performance.now();
    let more = false;
    try {
      more =
        (await runOnce(parts.pool, LOCKS.retention, (client) => deletePage(client, rules, deleted))) ?? false;
    } catch (error) {
      parts.log.warn(
        { err: error },
        'rejections past their retention could not be deleted; trying again later',
      );
    }
    if (!more) tell(parts.log, deleted);
    await sleep(more ? performance.now() - startedMs : LOOK_MS, closing);
  }
  tell(parts.log, deleted);
}

interface Rule {
  readonly which: Expiring;
  readonly days: number;
}

/** Returns whether there is more to delete; else the next run is due in an hour. */
async function deletePage(
  client: pg.PoolClient,
  rules: readonly Rule[],
  deleted: Record<Expiring, number>,
): Promise<boolean> {
  const chore = await readChores(client, { retention: HOUR_MS });
  if (chore('retention').dueInMs > 0) return false;
  for (const { which, days } of rules) {
    const count = await deleteExpired(client, which, { days, limit: PAGE });
    deleted[which] += count;
    if (count === PAGE) return true;
  }
  await writeChore(client, 'retention', { dueInMs: HOUR_MS });
  return false;
}

function tell(log: Log, deleted: Record<Expiring, number>): void {
  if (deleted.settled + deleted.open === 0) return;
  log.info({ ...deleted }, 'rejections past their retention deleted');
  deleted.settled = 0;
  deleted.open = 0;
}
