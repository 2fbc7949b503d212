import type pg from 'pg';
import { type DeliveryFilter, endpointValues, idBounds, OF_ENDPOINTS } from './filter.ts';

/** A delivery that is due later, or now and not begun yet. */
export interface RetryingRow {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly clientId: string;
  readonly messageId: string;
  readonly unit: number;
  readonly dueAt: Date;
  readonly attempts: number;
  readonly firstFailedAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly endpointNumber: number;
}

/** The last row of the page before. */
type RetryingKey = Pick<RetryingRow, 'endpointNumber' | 'unit' | 'messageId'>;

/** Returns at most `limit` retries, by endpoint, unit and message; `since` and `until` bound the time at which messages were stored. */
export async function listRetrying(
  pool: pg.Pool,
  filter: DeliveryFilter & { readonly status?: number },
  { after, limit }: { readonly after?: RetryingKey; readonly limit: number },
): Promise<RetryingRow[]> {
  const { rows } = await pool.query<RetryingRow>(
    `select e.tenant_id as "tenantId", e.id as "endpointId", e.client_id as "clientId", r.message_id::text as "messageId",
            r.unit::float8 as unit, r.due_at as "dueAt", r.attempts, r.first_failed_at as "firstFailedAt",
            r.last_status as "lastStatus", r.last_error as "lastError", e.number::float8 as "endpointNumber"
       from retry r join endpoint e on e.number = r.endpoint
      where ${OF_ENDPOINTS} and ($4::uuid is null or r.message_id >= $4) and ($5::uuid is null or r.message_id < $5)
        and ($6::uuid is null or r.message_id = $6) and ($7::integer is null or r.last_status = $7)
        and ($8::bigint is null or (r.endpoint, r.unit, r.message_id) > ($8, $9::bigint, $10::uuid))
      order by r.endpoint, r.unit, r.message_id
      limit $11`,
    [
      ...endpointValues(filter),
      ...idBounds(filter),
      filter.messageId ?? null,
      filter.status ?? null,
      after?.endpointNumber ?? null,
      after?.unit ?? null,
      after?.messageId ?? null,
      limit,
    ],
  );
  return rows;
}
