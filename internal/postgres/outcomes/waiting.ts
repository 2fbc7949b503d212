import type pg from 'pg';
import { wants } from '../endpoints/reference.ts';
import { type DeliveryFilter, endpointValues, idBounds, OF_ENDPOINTS, timeOf } from './filter.ts';

/** A message whose first attempt is still to come. */
export interface WaitingRow {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly clientId: string;
  readonly messageId: string;
  readonly storedAt: Date;
  readonly endpointNumber: number;
  readonly xid: string;
}

type WaitingKey = Pick<WaitingRow, 'endpointNumber' | 'xid' | 'messageId'>;

/**
 * SQL: the messages `w` that wait for an endpoint `e` with the mark `k`: those of its lane at or after the mark, less those of types
 * that it does not want and those that an attempt settled or that are retried or dead.
 */
export const WAITING = `lane l on l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= k.xid
  cross join lateral unnest(l.ids) as w (id)
  join message m on m.id = w.id and ${wants('m.event_type')}
   and not exists (select from attempt a where a.endpoint = e.number and a.message_id = w.id and a.unit = 0
                      and a.id >= k.facts_from and a.outcome in ('delivered', 'dead', 'lost'))
   and not exists (select from retry r where r.endpoint = e.number and r.unit = 0 and r.message_id = w.id)
   and not exists (select from dead d where d.endpoint = e.number and d.unit = 0 and d.message_id = w.id)`;

/** Returns at most `limit` of them, in the order in which they are delivered; `since` and `until` bound when they were stored. */
export async function listWaiting(
  pool: pg.Pool,
  filter: DeliveryFilter,
  { after, limit }: { readonly after?: WaitingKey; readonly limit: number },
): Promise<WaitingRow[]> {
  const { rows } = await pool.query<WaitingRow>(
    `select e.tenant_id as "tenantId", e.id as "endpointId", e.client_id as "clientId", w.id::text as "messageId",
            ${timeOf('w.id')} as "storedAt", e.number::float8 as "endpointNumber", l.xid::text as xid
       from endpoint e
       join endpoint_mark k on k.endpoint = e.number
       join ${WAITING}
      where ${OF_ENDPOINTS} and ($4::uuid is null or w.id >= $4) and ($5::uuid is null or w.id < $5)
        and ($6::uuid is null or w.id = $6)
        and ($7::bigint is null or (e.number, l.xid, w.id) > ($7, $8::text::xid8, $9::uuid))
      order by e.number, l.xid, w.id
      limit $10`,
    [
      ...endpointValues(filter),
      ...idBounds(filter),
      filter.messageId ?? null,
      after?.endpointNumber ?? null,
      after?.xid ?? null,
      after?.messageId ?? null,
      limit,
    ],
  );
  return rows;
}
