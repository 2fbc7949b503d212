import type pg from 'pg';
import type { ReplayResult } from '../../event/storing.ts';

/** Writes down how replays ended; rows that are no longer open are left alone. */
export async function settleRejections(pool: pg.Pool, results: readonly ReplayResult[]): Promise<void> {
  await pool.query(
    `update rejection r
        set state = case when i.reason is null then 'replayed' else 'open' end,
            settled_at = case when i.reason is null then now() end,
            message_id = i.message_id,
            reason = coalesce(i.reason, r.reason),
            detail = coalesce(i.detail, r.detail)
       from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[]) as i (id, message_id, reason, detail)
      where r.id = i.id and r.state = 'open'`,
    [
      results.map(({ id }) => id),
      results.map((result) => (result.kind === 'replayed' ? result.messageId : null)),
      results.map((result) => (result.kind === 'refused' ? result.reason : null)),
      results.map((result) => (result.kind === 'refused' ? result.detail : null)),
    ],
  );
}
