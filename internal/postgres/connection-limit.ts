import type pg from 'pg';

/** Connections of one processor beside those that store: for replays, partitions, what waits for locks, and the readiness check. */
const OTHER_CONNECTIONS = 2;

/** Of a pool of its own: the transaction that holds the lock of the housekeeping. */
const HOUSEKEEPING_CONNECTIONS = 1;

/** A share of the connections that one service may take before it is worth a warning: others want some too. */
const SENSIBLE_SHARE = 0.8;

/** Connections that one process opens at most; of several workers, each. */
export function connectionsOfOne(storeConnections: number): number {
  return poolConnections(storeConnections) + HOUSEKEEPING_CONNECTIONS;
}

/** Connections of the pool that stores. */
export function poolConnections(storeConnections: number): number {
  return storeConnections + OTHER_CONNECTIONS;
}

/** How many connections the server, the database and the user's role allow, whichever is the fewest. */
export async function connectionLimit(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ limit: number }>(
    `select least(current_setting('max_connections')::integer
                    - current_setting('superuser_reserved_connections')::integer
                    - coalesce(current_setting('reserved_connections', true)::integer, 0), -- since PostgreSQL 16
                  (select nullif(datconnlimit, -1) from pg_database where datname = current_database()),
                  (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user)) as limit`,
  );
  return rows[0]?.limit ?? 0;
}

/** Whether that many connections leave too few of the limit to others. */
export function takesTooMany(connections: number, limit: number): boolean {
  return connections > limit * SENSIBLE_SHARE;
}
