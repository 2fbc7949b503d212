import type pg from 'pg';

/** Every storing statement takes this advisory lock, shared, before its transaction gets an id. */
export const LANES_LOCK = 7_203_118_407;

/** The two halves of the key as `pg_locks` shows them. */
const CLASS_ID = Math.floor(LANES_LOCK / 2 ** 32);
const OBJECT_ID = LANES_LOCK % 2 ** 32;

/** The history that the server writes: another one since it was promoted, perhaps without the last commits of the one before. */
export const TIMELINE = 'left(pg_walfile_name(pg_current_wal_lsn()), 8)';

interface Horizon {
  readonly xid: bigint;
  readonly timeline: string;
}

/**
 * Returns a transaction id below which no lane will appear any more: all that exist there are visible to statements that
 * begin from now on. First the next id is read, then, in a later statement, the ids of those that hold the lock. Whoever takes
 * the lock later gets that id or a greater one; whoever held it before is seen. Transactions of other programs and other
 * databases hold nothing up; a storing statement does, at most for its timeout.
 *
 * `pg_locks` does not tell the ids: a transaction has its id, and later ones can have ended already, a moment before the lock
 * on that id is there. `pg_stat_activity` shows what snapshots are made from, which has the id as soon as it is given out.
 */
export async function laneHorizon(pool: pg.Pool): Promise<Horizon> {
  const first = await pool.query<{ next: string; timeline: string }>(
    `select pg_snapshot_xmax(pg_current_snapshot())::text as next, ${TIMELINE} as timeline`,
  );
  const { next = '0', timeline = '' } = first.rows[0] ?? {};
  const ceiling = BigInt(next);
  const { rows } = await pool.query<{ xid: string }>(
    `select a.backend_xid::text as xid
       from pg_locks k
       join pg_stat_activity a on a.pid = k.pid and a.backend_xid is not null
      where k.locktype = 'advisory' and k.classid = $1 and k.objid = $2 and k.objsubid = 1
        and k.database = (select oid from pg_database where datname = current_database())`,
    [CLASS_ID, OBJECT_ID],
  );
  const xid = rows.reduce((least, row) => smaller(least, widened(BigInt(row.xid), ceiling)), ceiling);
  return { xid, timeline };
}

/** `pg_stat_activity` shows the low 32 bits of an id that is at or below the ceiling, or was handed out since: not far from it. */
function widened(xid: bigint, ceiling: bigint): bigint {
  return ceiling + BigInt.asIntN(32, xid - BigInt.asUintN(32, ceiling));
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
