import type pg from 'pg';

/** Settled rejections expire some days after they were settled, open ones some days after their last receive. */
export type Expiring = 'settled' | 'open';

const OLD: Record<Expiring, string> = {
  settled: `state <> 'open' and settled_at < least(now(), $3) - $1 * interval '1 day' order by settled_at`,
  open: `state = 'open' and received_at < least(now(), $3) - $1 * interval '1 day' order by received_at`,
};

/**
 * Deletes the oldest rejections that are older than `days`, at most `limit`; returns how many. By the earlier one of
 * PostgreSQL's clock and ours (`now`): a clock that runs ahead deletes nothing too soon.
 */
export async function deleteExpired(
  client: pg.ClientBase,
  which: Expiring,
  { days, limit, now = new Date() }: { readonly days: number; readonly limit: number; readonly now?: Date },
): Promise<number> {
  const { rowCount } = await client.query(
    `delete from rejection
      where id in (select id from rejection where ${OLD[which]} limit $2 for update skip locked)`,
    [days, limit, now],
  );
  return rowCount ?? 0;
}
