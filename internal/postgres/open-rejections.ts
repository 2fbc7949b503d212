import type pg from 'pg';
import { REJECTION_REASONS, type RejectionReason } from '../event/rejection.ts';

export type OpenRejections = Readonly<Record<RejectionReason, number>>;

/**
 * How many rejections are open, by reason, each counted up to `most`: along the index of open ones, so the cost is bounded
 * however many there are.
 */
export async function countOpenRejections(pool: pg.Pool, most: number): Promise<OpenRejections> {
  const { rows } = await pool.query<{ reason: RejectionReason; count: number }>(
    `select n.reason, c.count
       from unnest($1::text[]) as n (reason)
      cross join lateral (
        select count(*)::integer as count
          from (select from rejection r where r.state = 'open' and r.reason = n.reason limit $2) as found) as c`,
    [REJECTION_REASONS, most],
  );
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count])) as OpenRejections;
}
