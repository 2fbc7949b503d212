import type pg from 'pg';
import { uuid7Milliseconds } from '../../event/uuid7.ts';

interface WaitingEndpoint {
  readonly tenantId: string;
  readonly endpointId: string;
  /** Messages past its mark, counted up to a bound. */
  readonly waiting: number;
  /** When the first of them was stored, in milliseconds since 1970. */
  readonly oldestMs: number;
}

/** Counting stops at this many lanes: more than that need attention anyway. */
const MOST_LANES = 10_000;

/**
 * Returns the active endpoints that wait longest for their first attempt, at most `limit` of them. What they got in the last
 * seconds, or do not want, counts as waiting until their mark is written.
 */
export async function longestWaiting(pool: pg.Pool, limit: number): Promise<readonly WaitingEndpoint[]> {
  const { rows } = await pool.query<{
    tenantId: string;
    endpointId: string;
    waiting: number;
    first: string;
  }>(
    `with oldest as (
       select e.tenant_id, e.client_id, e.id, m.xid, w.first_id
         from endpoint e
         join endpoint_mark m on m.endpoint = e.number
         cross join lateral (
           select l.first_id from lane l
            where l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= m.xid
            order by l.xid limit 1
         ) w
        where e.state = 'active'
        order by w.first_id
        limit $1
     )
     select o.tenant_id as "tenantId", o.id as "endpointId", o.first_id as first, c.waiting::float8 as waiting
       from oldest o
      cross join lateral (
        select sum(cardinality(counted.ids)) as waiting
          from (select l.ids from lane l
                 where l.tenant_id = o.tenant_id and l.client_id = o.client_id and l.xid >= o.xid
                 limit ${MOST_LANES}) counted
      ) c
      order by o.first_id`,
    [limit],
  );
  return rows.map(({ tenantId, endpointId, waiting, first }) => ({
    tenantId,
    endpointId,
    waiting,
    oldestMs: uuid7Milliseconds(first),
  }));
}
