import type pg from 'pg';
import { type DeliveryFilter, endpointValues, OF_ENDPOINTS } from './filter.ts';

/** A delivery that was given up. */
export interface DeadRow {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly clientId: string;
  readonly messageId: string;
  readonly unit: number;
  readonly diedAt: Date;
  readonly attempts: number;
  readonly reason: string;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly endpointNumber: number;
}

type DeadKey = Pick<DeadRow, 'endpointNumber' | 'unit' | 'messageId'>;

/** `since` and `until` bound when they were given up. */
export interface DeadFilter extends DeliveryFilter {
  readonly reasons?: readonly string[];
}

/** $4 to $7. */
const MATCHES = `($4::timestamptz is null or d.died_at >= $4) and ($5::timestamptz is null or d.died_at < $5)
  and ($6::uuid is null or d.message_id = $6) and ($7::text[] is null or d.reason = any($7))`;

function valuesOf(filter: DeadFilter): unknown[] {
  const { since, until, messageId, reasons } = filter;
  return [...endpointValues(filter), since ?? null, until ?? null, messageId ?? null, reasons ?? null];
}

/** Returns at most `limit` dead deliveries, by endpoint, unit and message. */
export async function listDead(
  pool: pg.Pool,
  filter: DeadFilter,
  { after, limit }: { readonly after?: DeadKey; readonly limit: number },
): Promise<DeadRow[]> {
  const { rows } = await pool.query<DeadRow>(
    `select e.tenant_id as "tenantId", e.id as "endpointId", e.client_id as "clientId", d.message_id::text as "messageId",
            d.unit::float8 as unit, d.died_at as "diedAt", d.attempts, d.reason, d.last_status as "lastStatus",
            d.last_error as "lastError", e.number::float8 as "endpointNumber"
       from dead d join endpoint e on e.number = d.endpoint
      where ${OF_ENDPOINTS} and ${MATCHES}
        and ($8::bigint is null or (d.endpoint, d.unit, d.message_id) > ($8, $9::bigint, $10::uuid))
      order by d.endpoint, d.unit, d.message_id
      limit $11`,
    [
      ...valuesOf(filter),
      after?.endpointNumber ?? null,
      after?.unit ?? null,
      after?.messageId ?? null,
      limit,
    ],
  );
  return rows;
}

/** Numbers of matching dead deliveries by endpoint. */
export async function countDead(
  pool: pg.Pool,
  filter: DeadFilter,
): Promise<readonly { readonly endpoint: number; readonly count: number }[]> {
  const { rows } = await pool.query<{ endpoint: number; count: number }>(
    `select e.number::float8 as endpoint, count(*)::float8 as count
       from dead d join endpoint e on e.number = d.endpoint
      where ${OF_ENDPOINTS} and ${MATCHES}
      group by e.number order by e.number`,
    valuesOf(filter),
  );
  return rows;
}

/** Deletes at most `limit` matching ones; returns how many. */
export async function discardDead(pool: pg.Pool, filter: DeadFilter, limit: number): Promise<number> {
  const { rowCount } = await pool.query(`delete from dead where ${page(8)}`, [...valuesOf(filter), limit]);
  return rowCount ?? 0;
}

/**
 * Turns at most `limit` matching dead deliveries of an endpoint into retries of a replay, due now. Returns how many; those whose
 * message is gone stay dead.
 */
export async function moveDead(
  client: pg.ClientBase,
  { endpoint, replay }: { readonly endpoint: number; readonly replay: string },
  filter: DeadFilter,
  limit: number,
): Promise<number> {
  const { rows } = await client.query<{ moved: number }>(
    `with moved as (
       delete from dead where ${page(8, 'and d.endpoint = $9 and exists (select from message m where m.id = d.message_id)')}
       returning message_id
     ), made as (
       insert into retry (endpoint, unit, message_id, due_at)
       select distinct $9::bigint, $10::bigint, message_id, now() from moved
           on conflict do nothing
     )
     select count(*)::integer as moved from moved`,
    [...valuesOf(filter), limit, endpoint, replay],
  );
  return rows[0]?.moved ?? 0;
}

function page(limit: number, more = ''): string {
  return `(endpoint, unit, message_id) in (
    select d.endpoint, d.unit, d.message_id
      from dead d join endpoint e on e.number = d.endpoint
     where ${OF_ENDPOINTS} and ${MATCHES} ${more}
     limit $${limit}
       for update of d skip locked)`;
}
