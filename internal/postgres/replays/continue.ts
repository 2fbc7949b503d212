import type pg from 'pg';
import { uuid7LowerBound, uuid7Milliseconds } from '../../event/uuid7.ts';
import { wants } from '../endpoints/reference.ts';
import { inTransaction } from '../transaction.ts';
import { announceReplay } from './begin.ts';

type Selection = 'failed' | 'missing' | 'all' | 'from';

/** Attempts follow the storing of their message; clocks may differ. */
const CLOCK_MARGIN_MS = 86_400_000;

/**
 * The ids of a batch lie less far apart than this, so only lanes with a `first_id` that near can hold messages of a page: what waits
 * elsewhere is not read. The processor stores nothing that it has held for longer than MAX_LEASE_SECONDS, at most 12 hours, as SQS
 * allows no more; one hour is for clocks that are set right. A lane that is overlooked is a message that is sent twice.
 */
const BATCH_MS = 13 * 3_600_000;

const HAS_RETRY = 'exists (select from retry t where t.endpoint = $1 and t.message_id = c.id)';
const HAS_DEAD = 'exists (select from dead d where d.endpoint = $1 and d.message_id = c.id and d.unit = 0)';
const attempted = (which: string) =>
  `exists (select from attempt a where a.message_id = c.id and a.id >= $4::uuid and a.endpoint = $1 and ${which})`;

/**
 * SQL by kind of replay: whether it chooses the candidate `c`. $1 is the endpoint, $2 and $3 what `inLanes` needs, $4 the least id
 * of attempts.
 *
 * Those of a lane at or after the boundary are delivered from the lane; every other message was visible when the replay began,
 * because the horizon had passed the boundary then. So each message is in exactly one of the two.
 */
const CHOSEN: Readonly<Record<Selection, string>> = {
  all: 'true',
  from: 'not in_lane',
  failed: `${attempted("a.outcome <> 'delivered'")} and not ${attempted("a.outcome = 'delivered'")} and not ${HAS_RETRY}`,
  missing: `not ${attempted("a.outcome = 'delivered'")} and not ${HAS_RETRY} and (not in_lane or ${HAS_DEAD})`,
};

interface ReplayProgress {
  readonly endpoint: number;
  /** Messages that it has chosen so far. */
  readonly messages: number;
  readonly finished: boolean;
  /** How much of the range it has looked at, from 0 to 1. */
  readonly share: number;
}

interface ReplayRow {
  readonly endpoint: string;
  readonly kind: string;
  readonly messages: string;
  readonly finished: boolean;
  readonly since: Date | null;
  readonly position: string | null;
  readonly through: string | null;
  readonly boundary: string | null;
  readonly tenantId: string;
  readonly clientId: string;
  readonly mark: string;
}

/**
 * Looks at the next `limit` messages for a replay and makes retries of those that it chooses, due now, in one transaction. What it
 * looked at is written in the same transaction, so that an interrupted replay continues where it was. Returns undefined when
 * there is no such replay.
 */
export async function continueReplay(
  pool: pg.Pool,
  id: string,
  limit: number,
): Promise<ReplayProgress | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level read committed');
    const row = await lockedReplay(client, id);
    if (row === undefined) return undefined;
    const endpoint = Number(row.endpoint);
    const messages = Number(row.messages);
    const { position, through } = row;
    if (row.finished || position === null || through === null)
      return { endpoint, messages, finished: true, share: 1 };
    const pageEnd = await endOfPage(client, { position, through }, limit);
    const page = await choose(client, id, { ...row, position, through: pageEnd ?? through }, limit);
    if (page.chosen > 0) await announceReplay(client, endpoint);
    const finished = pageEnd === undefined && page.looked < limit;
    await client.query(
      `update replay set position = $2, messages = messages + $3, finished_at = case when $4 then now() end where id = $1`,
      [id, page.last ?? position, page.chosen, finished],
    );
    const [from, to, at] = [
      row.since?.getTime() ?? 0,
      uuid7Milliseconds(through),
      uuid7Milliseconds(page.last ?? through),
    ];
    const share = finished || to <= from ? 1 : Math.max(0, (at - from) / (to - from));
    return { endpoint, messages: messages + page.chosen, finished, share };
  });
}

async function lockedReplay(client: pg.ClientBase, id: string): Promise<ReplayRow | undefined> {
  const { rows } = await client.query<ReplayRow>(
    `select r.endpoint, r.kind, r.messages, r.finished_at is not null as finished, r.since, r.position, r.through,
            r.boundary::text as boundary, e.tenant_id as "tenantId", e.client_id as "clientId", m.xid::text as mark
       from replay r
       join endpoint e on e.number = r.endpoint
       join endpoint_mark m on m.endpoint = r.endpoint
      where r.id = $1
        for update of r`,
    [id],
  );
  return rows[0];
}

/** The last message of the next page; undefined when there are fewer than `limit`. */
async function endOfPage(
  client: pg.ClientBase,
  { position, through }: { readonly position: string; readonly through: string },
  limit: number,
): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    'select id::text as id from message where id > $1 and id <= $2 order by id offset $3 limit 1',
    [position, through, limit - 1],
  );
  return rows[0]?.id;
}

interface Page {
  readonly looked: number;
  readonly chosen: number;
  readonly last: string | null;
}

async function choose(
  client: pg.ClientBase,
  id: string,
  row: ReplayRow & { readonly position: string; readonly through: string },
  limit: number,
): Promise<Page> {
  const { rows } = await client.query<Page>(
    `with candidate as materialized (
       select m.id, m.deliver_after,
              m.tenant_id = e.tenant_id and m.client_id = e.client_id and ${wants('m.event_type')} as fits
         from endpoint e
        cross join lateral (select * from message
                             where id > $5::uuid and id <= $6::uuid
                             order by id limit $7) m
        where e.number = $1
     ), lane_element as materialized (
       select distinct w.id
         from lane l
        cross join lateral unnest(l.ids) as w (id)
        where l.tenant_id = $8 and l.client_id = $9 and $2 and l.xid >= $3::text::xid8
          and l.first_id >= $11 and l.first_id < $12 and w.id > $5::uuid and w.id <= $6::uuid
     ), chosen as (
       select c.id, c.deliver_after
         from (select c.*, l.id is not null as in_lane
                 from candidate c left join lane_element l on l.id = c.id
                where c.fits) c
        where ${CHOSEN[row.kind as Selection]} and $4::uuid is not null
     ), made as (
       insert into retry (endpoint, unit, message_id, due_at)
       select $1, $10::bigint, id, greatest(now(), case when $10::bigint = 0 then deliver_after end) from chosen
           on conflict do nothing
       returning 1
     )
     select (select count(*)::integer from candidate) as looked, (select count(*)::integer from made) as chosen,
            (select id::text from candidate order by id desc limit 1) as last`,
    [
      row.endpoint,
      row.kind === 'from' || row.kind === 'missing',
      row.boundary ?? row.mark,
      idBefore(row.position, CLOCK_MARGIN_MS),
      row.position,
      row.through,
      limit,
      row.tenantId,
      row.clientId,
      row.kind === 'from' ? 0 : id,
      idBefore(row.position, BATCH_MS),
      uuid7LowerBound(uuid7Milliseconds(row.through) + BATCH_MS),
    ],
  );
  return rows[0] ?? { looked: 0, chosen: 0, last: null };
}

/** The least id of so much earlier. */
function idBefore(id: string, milliseconds: number): string {
  return uuid7LowerBound(Math.max(0, uuid7Milliseconds(id) - milliseconds));
}
