import type pg from 'pg';
import { type DeliveryFilter, endpointValues, idBounds, OF_ENDPOINTS, timeOf } from './filter.ts';

/** A row of the view `delivery`. */
export interface AttemptRow {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly clientId: string;
  readonly messageId: string;
  /** 0 for the automatic delivery, else the replay. */
  readonly unit: number;
  readonly attempt: number;
  readonly outcome: 'delivered' | 'failed' | 'throttled' | 'dead' | 'lost';
  readonly status: number | null;
  readonly error: string | null;
  readonly milliseconds: number;
  readonly attemptId: string;
  readonly attemptedAt: Date;
}

const ROW = `e.tenant_id as "tenantId", e.id as "endpointId", e.client_id as "clientId", a.message_id::text as "messageId",
  a.unit::float8 as unit, a.number as attempt, a.outcome, a.status, a.error, a.milliseconds, a.id::text as "attemptId",
  ${timeOf('a.id')} as "attemptedAt"`;

interface AttemptFilter extends DeliveryFilter {
  readonly outcome?: AttemptRow['outcome'];
  readonly status?: number;
}

/** Returns at most `limit` attempts, newest first, with ids below `beforeId`; `since` and `until` bound their own time. */
export async function listAttempts(
  pool: pg.Pool,
  filter: AttemptFilter,
  { beforeId, limit }: { readonly beforeId?: string; readonly limit: number },
): Promise<AttemptRow[]> {
  const { messageId, outcome, status } = filter;
  const matches = `($4::uuid is null or a.id >= $4) and ($5::uuid is null or a.id < $5) and ($6::uuid is null or a.id < $6)
    and ($7::text is null or a.outcome = $7) and ($8::integer is null or a.status = $8)`;
  // Each endpoint has its attempts in order; those of a message are few and have an index of their own.
  const attempts =
    messageId === undefined
      ? `endpoint e cross join lateral (
           select * from attempt a where a.endpoint = e.number and $9::uuid is null and ${matches} order by a.id desc limit $10) a`
      : `attempt a join endpoint e on e.number = a.endpoint and a.message_id = $9 and ${matches}`;
  const { rows } = await pool.query<AttemptRow>(
    `select ${ROW} from ${attempts} where ${OF_ENDPOINTS} order by a.id desc limit $10`,
    [
      ...endpointValues(filter),
      ...idBounds(filter),
      beforeId ?? null,
      outcome ?? null,
      status ?? null,
      messageId ?? null,
      limit,
    ],
  );
  return rows;
}
