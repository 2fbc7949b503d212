import type pg from 'pg';
import type { LaneDelivery, Mark, Position } from '../../sender/ports.ts';
import { textArray, uuidArray } from '../binary-arrays.ts';
import { asMilliseconds } from './times.ts';

interface MarkRow {
  readonly endpoint: string;
  readonly xid: string;
  readonly factsFrom: string;
  readonly lastSuccessAtMs: number | null;
  readonly failingSinceMs: number | null;
  readonly failures: number;
}

export async function readMarks(pool: pg.Pool, endpoints: readonly number[]): Promise<Mark[]> {
  const { rows } = await pool.query<MarkRow>(
    `select endpoint, xid::text as xid, facts_from as "factsFrom", failures,
            ${asMilliseconds('last_success_at')} as "lastSuccessAtMs",
            ${asMilliseconds('failing_since')} as "failingSinceMs"
       from endpoint_mark where endpoint = any($1::bigint[])`,
    [endpoints],
  );
  return rows.map((row) => ({
    ...row,
    endpoint: Number(row.endpoint),
    xid: BigInt(row.xid),
    lastSuccessAtMs: row.lastSuccessAtMs ?? undefined,
    failingSinceMs: row.failingSinceMs ?? undefined,
  }));
}

/** Those endpoints of which lanes hold messages with `mark.xid` <= xid < `to`. */
export async function behind(pool: pg.Pool, marks: readonly Mark[], to: Position): Promise<number[]> {
  if (marks.length === 0) return [];
  const { rows } = await pool.query<{ endpoint: string }>(
    `select m.endpoint
       from unnest($1::bigint[], $2::text[]) with ordinality as m (endpoint, xid, position)
       join endpoint e on e.number = m.endpoint
      where exists (select from lane l
                     where l.tenant_id = e.tenant_id and l.client_id = e.client_id
                       and l.xid >= m.xid::xid8 and l.xid < $3::text::xid8)
      order by m.position`,
    [marks.map(({ endpoint }) => endpoint), marks.map(({ xid }) => `${xid}`), `${to}`],
  );
  return rows.map(({ endpoint }) => Number(endpoint));
}

/**
 * Those of the automatic deliveries that have a retry or a dead row, or an attempt with an id from `factsFrom` on that settled
 * them: partitions of attempts before it are not looked at.
 */
export async function settledAmong(
  pool: pg.Pool,
  deliveries: readonly LaneDelivery[],
  factsFrom: string,
): Promise<LaneDelivery[]> {
  if (deliveries.length === 0) return [];
  const { rows } = await pool.query<{ position: number }>(
    `select d.position::integer as position
       from unnest($1::text[], $2::uuid[]) with ordinality as d (endpoint, message_id, position)
      where exists (select from attempt a
                     where a.message_id = d.message_id and a.endpoint = d.endpoint::bigint and a.unit = 0
                       and a.id >= $3::uuid and a.outcome in ('delivered', 'dead', 'lost'))
         or exists (select from retry r
                     where r.endpoint = d.endpoint::bigint and r.unit = 0 and r.message_id = d.message_id)
         or exists (select from dead x
                     where x.endpoint = d.endpoint::bigint and x.unit = 0 and x.message_id = d.message_id)
      order by d.position`,
    [
      textArray(deliveries.map(({ endpoint }) => `${endpoint}`)),
      uuidArray(deliveries.map(({ messageId }) => messageId)),
      factsFrom,
    ],
  );
  return rows.map(({ position }) => deliveries[position - 1] as LaneDelivery);
}
