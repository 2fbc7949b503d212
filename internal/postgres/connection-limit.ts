import type pg from 'pg';

/** Connections of one processor besides those that store: for replays, partitions, blocked events and the readiness check. */
const OTHER_CONNECTIONS = 2;

/** A pool of its own, for the transaction that holds the housekeeping lock. */
const HOUSEKEEPING_CONNECTIONS = 1;

/** Share of the connections above which a warning is due: other services need some, too. */
const SENSIBLE_SHARE = 0.8;

/** The most connections that one process opens; with several workers, each of them. */
export function connectionsOfOne(storeConnections: number): number {
  return poolConnections(storeConnections) + HOUSEKEEPING_CONNECTIONS;
}

/** Returns the size of the pool that stores. */
export function poolConnections(storeConnections: number): number {
  return storeConnections + OTHER_CONNECTIONS;
}

/** Returns the lowest of the connection limits of the server, the database and the user's role. */
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

/** Whether this many connections leave too few to others. */
export function takesTooMany(connections: number, limit: number): boolean {
  return connections > limit * SENSIBLE_SHARE;
}
