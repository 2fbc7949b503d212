import { ensurePartitions } from '#internal/postgres/partitions.ts';
import type { BenchDatabase } from './databases.ts';

const DAYS = 10;
const DAY_MS = 86_400_000;
const CHUNK = 250_000;

/**
 * Inserts rows like those of the load, spread over the last days. `$1` is the first number, `$2` the one
 * after the last.
 */
const INSERT = `
with event as materialized (
  select n, uuidv7(-make_interval(secs => (n % 864000)::float8)) as id
    from generate_series($1::bigint, $2::bigint - 1) n
), ledger as (
  insert into message_key (tenant_id, key, message_id, fingerprint)
  select 'default', md5('key' || n)::uuid, id, md5('fingerprint' || n)::uuid from event
)
insert into message (id, tenant_id, client_id, event_type, source, event_id, payload, occurred_at, received_at)
select id, 'default', 'client-1', 'user-app', 'earlier', 'event-' || n,
       jsonb_build_object('user', 'user-' || n % 1000, 'action', 'checkout', 'amount', n % 10000, 'currency', 'EUR',
                          'items', jsonb_build_array(n % 7, n % 11, n % 13), 'note', 'an ordinary payload of an ordinary size'),
       now(), now()
  from event`;

/** Stores messages of the last days directly in the database, with their ledger rows. */
export async function prefill(
  { pool }: BenchDatabase,
  range: { readonly from: number; readonly until: number },
  told: (rows: number) => void,
): Promise<void> {
  await ensurePartitions(pool, new Date(Date.now() - DAYS * DAY_MS), DAYS);
  const session = await pool.connect();
  try {
    // These rows are known to be valid; checking their references would take half of the time.
    await session.query('set session_replication_role = replica');
    for (let first = range.from; first < range.until; first += CHUNK) {
      const end = Math.min(first + CHUNK, range.until);
      await session.query(INSERT, [first, end]);
      told(end);
    }
  } finally {
    session.release(true);
  }
  await pool.query('vacuum (freeze, analyze) message_key, message');
  await pool.query('checkpoint');
}
