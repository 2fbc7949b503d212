import type pg from 'pg';
import { type HeldShard, type Holding, type Owner, SHARD_STEP, SHARDS } from '../../sender/ports.ts';

/**
 * Parameters: id of the process, its name, seconds of the lease, shards to give up, number of all shards.
 *
 * - Shards are locked in the order of their ids, as `record` locks them; others are taken only where nobody has locked them.
 * - A shard that is given up here is not taken again here: `free` sees it as it was before.
 * - Times are those at which the transaction began: a process never believes in a lease that is longer than ours.
 */
const HOLD = `
with heard as (
  insert into sender (id, name, until) values ($1::uuid, $2, now() + make_interval(secs => $3::float8))
      on conflict (id) do update set name = excluded.name, until = excluded.until
), gone as (
  delete from sender
   where id in (select id from sender where until < now() and id <> $1::uuid for update skip locked)
), share as materialized (
  select ceil($5::float8 / (1 + count(*)))::integer as most from sender where until >= now() and id <> $1::uuid
), own as materialized (
  select id from shard where owner = $1::uuid order by id for update
), released as (
  update shard s set owner = null, until = '-infinity' from own where s.id = own.id and s.id = any($4::smallint[])
), kept as (
  update shard s set until = now() + make_interval(secs => $3::float8)
    from own where s.id = own.id and s.id <> all($4::smallint[])
  returning s.id, s.epoch
), free as materialized (
  select id from shard
   where until < now() and owner is distinct from $1::uuid
   order by id * ${SHARD_STEP} % ${SHARDS}
   limit greatest(0, (select most from share) - (select count(*) from kept))
     for update skip locked
), taken as (
  update shard s set owner = $1::uuid, epoch = s.epoch + 1, until = now() + make_interval(secs => $3::float8)
    from free where s.id = free.id
  returning s.id, s.epoch
)
select (select most from share) as share,
       (select json_agg(json_build_object('id', id, 'epoch', epoch))
          from (select * from kept union all select * from taken) as held) as held`;

export async function hold(
  pool: pg.Pool,
  { id, name, leaseSeconds }: Owner,
  releasing: readonly number[],
): Promise<Holding> {
  const { rows } = await pool.query<{ share: number; held: HeldShard[] | null }>(HOLD, [
    id,
    name,
    leaseSeconds,
    releasing,
    SHARDS,
  ]);
  const [row] = rows;
  return { held: row?.held ?? [], share: row?.share ?? SHARDS };
}

export async function leave(pool: pg.Pool, { id }: Owner): Promise<void> {
  await pool.query(
    `with own as materialized (
       select id from shard where owner = $1::uuid order by id for update
     ), released as (
       update shard s set owner = null, until = '-infinity' from own where s.id = own.id
     )
     delete from sender where id = $1::uuid`,
    [id],
  );
}
