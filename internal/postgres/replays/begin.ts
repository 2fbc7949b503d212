import type pg from 'pg';
import { uuid7LowerBound } from '../../event/uuid7.ts';
import { inTransaction } from '../transaction.ts';

interface Begin {
  readonly kind: 'failed' | 'missing' | 'all';
  readonly since: Date;
  readonly until?: Date;
}

/** Writes down a replay that has chosen no message so far; returns its id. Messages that are stored from now on do not belong to it. */
export async function beginReplay(
  pool: pg.Pool,
  endpoint: number,
  { kind, since, until }: Begin,
): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into replay (endpoint, kind, since, until, position, through, finished_at)
     select $1, $2, $3, $4, $5::uuid, m.id, case when m.id is null then now() end
       from (select null) as always
       left join lateral (select id from message where id > $5::uuid and ($6::uuid is null or id < $6)
                           order by id desc limit 1) m on true
     returning id::text as id`,
    [
      endpoint,
      kind,
      since,
      until ?? null,
      uuid7LowerBound(since.getTime()),
      until === undefined ? null : uuid7LowerBound(until.getTime()),
    ],
  );
  return rows[0]?.id ?? '';
}

/** The boundary of a replay of kind `from` that has not begun to look at messages; undefined of all others. */
export async function pendingBoundary(pool: pg.Pool, id: string): Promise<bigint | undefined> {
  const { rows } = await pool.query<{ boundary: string }>(
    `select boundary::text as boundary from replay
      where id = $1 and kind = 'from' and through is null and finished_at is null`,
    [id],
  );
  return rows[0] === undefined ? undefined : BigInt(rows[0].boundary);
}

/** Once the horizon has passed its boundary: messages that are not to be seen now do not belong to it. */
export async function endAtLastMessage(pool: pg.Pool, id: string): Promise<void> {
  await pool.query(
    `update replay r
        set through = m.id, finished_at = case when m.id is null then now() end
       from (select (select id from message order by id desc limit 1) as id) m
      where r.id = $1 and r.through is null and r.finished_at is null`,
    [id],
  );
}

/**
 * Replays one message to an endpoint. Returns the id of the replay; undefined when its client has no such message.
 */
export async function replayMessage(
  pool: pg.Pool,
  endpoint: number,
  messageId: string,
): Promise<string | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `with chosen as (
         insert into replay (endpoint, kind, messages, finished_at)
         select e.number, 'message', 1, now()
           from endpoint e
           join message m on m.tenant_id = e.tenant_id and m.client_id = e.client_id
          where e.number = $1 and m.id = $2
         returning id
       )
       insert into retry (endpoint, unit, message_id, due_at)
       select $1, id, $2, now() from chosen
       returning unit::text as id`,
      [endpoint, messageId],
    );
    if (rows.length > 0) await announceReplay(client, endpoint);
    return rows[0]?.id;
  });
}

/** The sender that serves the endpoint looks for its retries again. */
export async function announceReplay(client: pg.ClientBase, endpoint: number): Promise<void> {
  await client.query('update endpoint set revision = 0 where number = $1', [endpoint]); // the trigger counts
}

/**
 * Since when attempts of an endpoint are known: their partitions before are gone. Undefined when all are known that were ever made.
 */
export async function attemptsKnownSince(pool: pg.Pool, endpoint: number): Promise<Date | undefined> {
  const { rows } = await pool.query<{ since: Date }>(
    `select p.since
       from (select min(to_timestamp(('x' || lpad(left(replace(lower, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0)) as since
               from pg_inherits i join pg_class c on c.oid = i.inhrelid
              cross join substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \\(''([-0-9a-f]+)''\\)') as lower
              where i.inhparent = 'attempt'::regclass) p
       join endpoint e on e.number = $1 and e.created_at < p.since`,
    [endpoint],
  );
  return rows[0]?.since;
}

/** Writes down a replay of dead deliveries; returns its id. */
export async function insertDeadReplay(client: pg.ClientBase, endpoint: number): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into replay (endpoint, kind, finished_at) values ($1, 'dead', now()) returning id::text as id`,
    [endpoint],
  );
  return rows[0]?.id ?? '';
}

/** Adds to the number of messages that a replay has chosen. */
export async function countChosen(client: pg.ClientBase, id: string, messages: number): Promise<void> {
  await client.query('update replay set messages = messages + $2 where id = $1', [id, messages]);
}
