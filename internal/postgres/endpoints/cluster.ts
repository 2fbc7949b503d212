import type pg from 'pg';

/** `other`: lanes and marks were written in another cluster, from which this database was restored. */
type ClusterState = 'same' | 'unset' | 'other';

/** Whether the transaction ids in lanes and marks are those of this cluster. */
export async function clusterState(client: pg.ClientBase | pg.Pool): Promise<ClusterState> {
  const { rows } = await client.query<{ state: ClusterState }>(
    `select case when c.system_identifier is null then 'unset'
                 when c.system_identifier = s.system_identifier then 'same'
                 else 'other' end as state
       from pg_control_system() s left join sender_cluster c on true`,
  );
  return rows[0]?.state ?? 'unset';
}

/** Writes down that the transaction ids are those of this cluster. */
export async function adoptCluster(client: pg.ClientBase): Promise<void> {
  await client.query(
    `insert into sender_cluster (system_identifier) select system_identifier from pg_control_system()
         on conflict ((true)) do update set system_identifier = excluded.system_identifier`,
  );
}
