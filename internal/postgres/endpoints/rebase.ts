import type pg from 'pg';
import { LANES_LOCK } from '../deliveries/horizon.ts';
import { inTransaction } from '../transaction.ts';
import { adoptCluster, clusterState } from './cluster.ts';
import { listSenders } from './senders.ts';

type Rebased =
  | { readonly kind: 'rebased'; readonly lanes: number; readonly endpoints: number }
  /** The transaction ids are those of this cluster already. */
  | { readonly kind: 'same' }
  /** Nothing was changed: these sender processes are alive. */
  | { readonly kind: 'alive'; readonly senders: readonly string[] };

type Adopted =
  | { readonly kind: 'adopted' }
  /** Nothing was changed: the rows were copied one by one, so that their ids are those of the other cluster. */
  | { readonly kind: 'copied' }
  | Exclude<Rebased, { kind: 'rebased' }>;

/** Stores in flight end within this time; those that come wait for the lock as long, and are tried again. */
const LOCK_TIMEOUT_MS = 30_000;

/** PostgreSQL keeps the ids below for itself. */
const FIRST_NORMAL_ID = 3;
const MARGIN = 1_000;

/**
 * Gives the lanes of each client, in their order, new transaction ids just below the next one of this cluster, and the marks with
 * them. Lanes that were written here already, after the restore, come after those that were restored: these have an id that is not
 * that of the transaction which wrote the row.
 */
const RENUMBER = `
with next as materialized (
  select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as id
), seen as materialized (
  select tenant_id, client_id, xid, first_id,
         xmin::text::bigint = (xid::text::numeric % 4294967296)::bigint as written_here
    from lane
), ranked as materialized (
  select *, dense_rank() over (partition by tenant_id, client_id order by written_here, xid) as rank from seen
), placed as materialized (
  select r.*, next.id - 1 - (max(rank) over (partition by tenant_id, client_id) - rank) as new_id from ranked r cross join next
), moved as (
  update lane l set xid = p.new_id::text::xid8
    from placed p
   where (l.tenant_id, l.client_id, l.xid, l.first_id) = (p.tenant_id, p.client_id, p.xid, p.first_id)
  returning 1
), marked as (
  update endpoint_mark k
     set xid = coalesce((select min(p.new_id) from placed p
                          where p.tenant_id = e.tenant_id and p.client_id = e.client_id
                            and (p.written_here or p.xid >= k.xid)), next.id)::text::xid8
    from endpoint e cross join next
   where e.number = k.endpoint
  returning 1
), bounded as (
  update replay r
     set boundary = coalesce((select min(p.new_id) from placed p
                               where p.tenant_id = e.tenant_id and p.client_id = e.client_id
                                 and (p.written_here or p.xid >= r.boundary)), next.id)::text::xid8
    from endpoint e cross join next
   where e.number = r.endpoint and r.boundary is not null and r.finished_at is null
)
select (select count(*) from moved)::integer as lanes, (select count(*) from marked)::integer as endpoints`;

/**
 * After a restore into another cluster, makes positions mean there what they meant before. While it works, no lane is written:
 * stores wait, and are tried again.
 */
export async function rebase(pool: pg.Pool): Promise<Rebased> {
  if (!(await isElsewhere(pool))) return { kind: 'same' };
  await makeRoom(pool);
  return inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    // Whoever writes a lane takes this lock before it has an id: what follows gets ids from the next one on.
    await client.query('select pg_advisory_xact_lock($1)', [LANES_LOCK]);
    const senders = await listSenders(client);
    if (senders.length > 0) return { kind: 'alive', senders: senders.map(({ name }) => name) };
    if (!(await isElsewhere(client))) return { kind: 'same' };
    const { rows } = await client.query<{ lanes: number; endpoints: number }>(RENUMBER);
    await adoptCluster(client);
    return { kind: 'rebased', lanes: rows[0]?.lanes ?? 0, endpoints: rows[0]?.endpoints ?? 0 };
  });
}

/** Whether positions were written in another cluster: by its identifier, or because some lie in the future. */
async function isElsewhere(client: pg.ClientBase | pg.Pool): Promise<boolean> {
  if ((await clusterState(client)) === 'other') return true;
  const { rows } = await client.query<{ ahead: boolean }>(
    'select exists (select from endpoint_mark where xid > pg_snapshot_xmax(pg_current_snapshot())) as ahead',
  );
  return rows[0]?.ahead === true;
}

/** Uses up transaction ids in a young cluster until there are enough below the next one for the lanes of the client that has most. */
async function makeRoom(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ lacking: string }>(
    `select greatest(0, coalesce(max(lanes), 0) + ${FIRST_NORMAL_ID + MARGIN}
                        - pg_snapshot_xmax(pg_current_snapshot())::text::bigint)::text as lacking
       from (select count(distinct xid) as lanes from lane group by tenant_id, client_id) l`,
  );
  const lacking = Number(rows[0]?.lacking ?? 0);
  if (lacking > 0)
    await pool.query(
      `do $$ begin for i in 1..${lacking} loop perform pg_current_xact_id(); commit; end loop; end $$`,
    );
}

/**
 * After `pg_upgrade`, which keeps transaction ids and gives the cluster another identifier, notes the new one: positions mean what they
 * meant. A rebase would take all lanes for written since, and deliver them again.
 */
export async function adoptKeptIds(pool: pg.Pool): Promise<Adopted> {
  return inTransaction(pool, async (client) => {
    const senders = await listSenders(client);
    if (senders.length > 0) return { kind: 'alive', senders: senders.map(({ name }) => name) };
    if (!(await isElsewhere(client))) return { kind: 'same' };
    const { rows } = await client.query<{ copied: boolean }>(
      `select exists (select from lane where xmin::text::bigint <> (xid::text::numeric % 4294967296)::bigint)
              or exists (select from endpoint_mark where xid > pg_snapshot_xmax(pg_current_snapshot())) as copied`,
    );
    if (rows[0]?.copied !== false) return { kind: 'copied' };
    await adoptCluster(client);
    return { kind: 'adopted' };
  });
}
