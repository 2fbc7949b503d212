import type pg from 'pg';
import { PARTITIONS_LOCK } from '../postgres/partitions.ts';
import { inTransaction } from '../postgres/transaction.ts';

/** Numbers of advisory locks: arbitrary, but fixed. Migrations use the number before them. */
export const LOCKS = { partitions: PARTITIONS_LOCK, heal: 7_203_118_404, retention: 7_203_118_405 } as const;

/** Breaks a deadlock behind a small pooler: `work` may need a second session, which only the end of this one would free. */
const IDLE_TIMEOUT = '10s';

/**
 * Runs `work` under a lock; returns undefined at once if another process of this database holds it. The lock belongs to the
 * transaction that `work` is given, and ends with it: no pooler can carry it to another client, and a process that dies
 * leaves nothing behind. So keep `work` short: its transaction is open all the while.
 */
export async function runOnce<T>(
  pool: pg.Pool,
  lock: number,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query(`set local idle_in_transaction_session_timeout = '${IDLE_TIMEOUT}'`);
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [
      lock,
    ]);
    return rows[0]?.held === true ? work(client) : undefined;
  });
}
