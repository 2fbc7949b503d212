import pg from 'pg';
import { uuid7LowerBound } from '../../event/uuid7.ts';
import type { Partition } from '../partition-ranges.ts';
import { wants } from './reference.ts';

/** The ids of a batch lie less far apart than this, so its lane may be in the partition of the day before or after. */
const BATCH_MS = 86_400_000;

/** A day of messages for an endpoint that is down may be hundreds of millions; without an end, old days would never go. */
const PATIENCE_MS = 1_800_000;
const SILENCE_MS = 5_000;

/** Runs a statement that may take far longer than others, in a transaction that keeps nobody waiting. */
async function patiently<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  await client.query(`set local statement_timeout = ${PATIENCE_MS}`);
  const query = { text, values: [...values], query_timeout: PATIENCE_MS + SILENCE_MS };
  return (await client.query<Row>(query)).rows;
}

/**
 * Records what endpoints have not got yet of the messages of a partition that is about to be dropped, in the same transaction: those in
 * lanes past their marks, and those in retry, whose rows are deleted. Dead ones become undeliverable. A sender that is at work
 * may have delivered a few of them since its mark was written: they count as lost.
 */
export async function recordLosses(client: pg.ClientBase, { name, from, until }: Partition): Promise<void> {
  const [low, high] = [from.getTime(), until.getTime()];
  await patiently(
    client,
    `with waiting as (
       select e.number as endpoint, w.id
         from endpoint e
         join endpoint_mark k on k.endpoint = e.number
         join lane l on l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= k.xid
          and l.first_id >= $4 and l.first_id < $5
        cross join lateral unnest(l.ids) as w (id)
        where w.id >= $2 and w.id < $3
          and (e.event_types is null or exists (select from message m where m.id = w.id and ${wants('m.event_type')}))
          and not exists (select from dead d where d.endpoint = e.number and d.unit = 0 and d.message_id = w.id)
          and not exists (select from retry r where r.endpoint = e.number and r.message_id = w.id)
     ), retried as (
       delete from retry where message_id >= $2 and message_id < $3 returning endpoint, message_id
     ), buried as (
       update dead set reason = 'lost' where message_id >= $2 and message_id < $3 and reason <> 'lost'
     )
     insert into delivery_loss (endpoint, partition, messages)
     select endpoint, $1, count(*)
       from (select endpoint from waiting union all select distinct on (endpoint, message_id) endpoint from retried) as lost
      group by endpoint`,
    [
      name,
      uuid7LowerBound(low),
      uuid7LowerBound(high),
      uuid7LowerBound(Math.max(0, low - BATCH_MS)),
      uuid7LowerBound(high + BATCH_MS),
    ],
  );
}

/**
 * Makes retries of the messages of other days that wait in a partition of lanes which is about to be dropped: a batch that is stored
 * around midnight has its lane in one of the two days.
 */
export async function keepOtherDays(
  client: pg.ClientBase,
  lanes: string,
  { from, until }: Pick<Partition, 'from' | 'until'>,
): Promise<void> {
  const rows = await patiently<{ endpoint: string }>(
    client,
    `insert into retry (endpoint, message_id, due_at)
     select e.number, m.id, greatest(now(), m.deliver_after)
       from ${pg.escapeIdentifier(lanes)} l
       join endpoint e on e.tenant_id = l.tenant_id and e.client_id = l.client_id
       join endpoint_mark k on k.endpoint = e.number and l.xid >= k.xid
      cross join lateral unnest(l.ids) as w (id)
       join message m on m.id = w.id and ${wants('m.event_type')}
      where (w.id < $1 or w.id >= $2)
        and not exists (select from attempt a where a.endpoint = e.number and a.message_id = w.id and a.unit = 0
                           and a.outcome in ('delivered', 'dead', 'lost'))
        and not exists (select from dead d where d.endpoint = e.number and d.unit = 0 and d.message_id = w.id)
         on conflict do nothing
     returning endpoint`,
    [uuid7LowerBound(from.getTime()), uuid7LowerBound(until.getTime())],
  );
  if (rows.length > 0)
    await client.query('update endpoint set revision = 0 where number = any($1::bigint[])', [
      [...new Set(rows.map(({ endpoint }) => endpoint))],
    ]);
}

/** Whether an endpoint has still to be given messages from a partition of lanes. */
export async function lanesAreNeeded(client: pg.ClientBase, lanes: string): Promise<boolean> {
  // A replay from before an endpoint was added leaves out what is in lanes at or after its boundary.
  const { rows } = await client.query<{ needed: boolean }>(
    `select exists (
              select from endpoint e
                join endpoint_mark k on k.endpoint = e.number
               where exists (select from ${pg.escapeIdentifier(lanes)} l
                              where l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= k.xid))
            or exists (select from replay where kind = 'from' and finished_at is null) as needed`,
  );
  return rows[0]?.needed !== false;
}

/**
 * Whether attempts of a partition say what was settled in lanes that an endpoint would read again after a restart of its sender.
 */
export async function attemptsAreNeeded(
  client: pg.ClientBase,
  { from, until }: Pick<Partition, 'from' | 'until'>,
): Promise<boolean> {
  const { rows } = await client.query<{ needed: boolean }>(
    `select exists (
       select from endpoint e
         join endpoint_mark k on k.endpoint = e.number
        where k.facts_from < $2
          and exists (select from attempt a where a.endpoint = e.number and a.id >= greatest(k.facts_from, $1) and a.id < $2)
          and exists (select from lane l where l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= k.xid
                         and l.first_id < $2)) as needed`,
    [uuid7LowerBound(from.getTime()), uuid7LowerBound(until.getTime())],
  );
  return rows[0]?.needed === true;
}
