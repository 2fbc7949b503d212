import type pg from 'pg';
import type { Retry } from '../../sender/ports.ts';
import { asMilliseconds } from './times.ts';

interface RetryRow {
  readonly endpoint: string;
  readonly unit: string;
  readonly messageId: string;
  readonly dueAtMs: number;
  readonly attempts: number;
  readonly firstFailedAtMs: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

/**
 * The retries of each endpoint that are due first, in that order, at most `limit` of each, and the first failed one of unit 0
 * that is not among them.
 */
export async function readRetries(
  pool: pg.Pool,
  endpoints: readonly number[],
  limit: number,
): Promise<Retry[]> {
  const { rows } = await pool.query<RetryRow>(
    `select r.endpoint, r.unit, r.message_id as "messageId", ${asMilliseconds('r.due_at')} as "dueAtMs", r.attempts,
            ${asMilliseconds('r.first_failed_at')} as "firstFailedAtMs", r.last_status as "lastStatus",
            r.last_error as "lastError"
       from unnest($1::bigint[]) with ordinality as e (number, position)
      cross join lateral (
        (select * from retry where endpoint = e.number order by due_at, message_id limit $2)
        union
        (select * from retry where endpoint = e.number and unit = 0 and last_error is not null
          order by due_at, message_id limit 1)
      ) r
      order by e.position, r.due_at, r.message_id`,
    [endpoints, limit],
  );
  return rows.map((row) => ({
    ...row,
    endpoint: Number(row.endpoint),
    unit: Number(row.unit),
    firstFailedAtMs: row.firstFailedAtMs ?? undefined,
    lastStatus: row.lastStatus ?? undefined,
    lastError: row.lastError ?? undefined,
  }));
}
