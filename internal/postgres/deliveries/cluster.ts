import type pg from 'pg';

/** The lanes hold transaction ids of another PostgreSQL cluster, as after a restore from a dump. */
export class ForeignClusterError extends Error {
  override readonly name = 'ForeignClusterError';
}

const REMEDY =
  'the transaction ids in it mean nothing here, and messages would be missed. Stop all senders and run "npm run admin -- sender rebase", after pg_upgrade with --ids-kept';

/**
 * Checks that the database is still in the cluster that its lanes and marks were written in; the first check notes it.
 * @throws ForeignClusterError with what to do
 */
export async function demandSameCluster(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ here: string; noted: string | null; ahead: boolean }>(
    `with noted as (
       insert into sender_cluster (system_identifier) select system_identifier from pg_control_system()
           on conflict do nothing returning system_identifier
     )
     select (select system_identifier from pg_control_system())::text as here,
            coalesce((select system_identifier from sender_cluster), (select system_identifier from noted))::text as noted,
            exists (select from endpoint_mark where xid > pg_snapshot_xmax(pg_current_snapshot())) as ahead`,
  );
  const { here, noted, ahead } = rows[0] ?? {};
  // Null where another process has noted it since this statement began: the same, then.
  if (typeof noted === 'string' && noted !== here)
    throw new ForeignClusterError(
      `this database was restored or copied from another PostgreSQL cluster (${noted}, this is ${here}): ${REMEDY}`,
    );
  if (ahead === true)
    throw new ForeignClusterError(
      `marks of endpoints lie in the future of this PostgreSQL cluster, so this database was restored or copied from another one: ${REMEDY}`,
    );
}
