import type pg from 'pg';

/** The reason why a server or a session takes no writes, and what to do about it. */
interface ReadOnly {
  readonly reason: string;
  readonly todo: string;
}

interface ReadOnlyRow {
  readonly standby: boolean;
  readonly read_only: string;
  readonly by_default: string;
  readonly source: string | null;
  readonly database: string;
  readonly role: string;
}

/** Says why the session is read-only; null when it takes writes. */
export async function whyReadOnly(pool: pg.Pool): Promise<ReadOnly | null> {
  const { rows } = await pool.query<ReadOnlyRow>(
    `select pg_is_in_recovery() as standby,
            current_setting('transaction_read_only') as read_only,
            current_setting('default_transaction_read_only') as by_default,
            (select source from pg_settings where name = 'default_transaction_read_only') as source,
            quote_ident(current_database()) as database, quote_ident(current_user) as role`,
  );
  const [row] = rows;
  if (row === undefined || (!row.standby && row.read_only === 'off')) return null;
  if (row.standby)
    return {
      reason: 'the server is a standby, which is read-only',
      todo: 'use the primary: with several hosts in DATABASE_URL, target_session_attrs=read-write finds it',
    };
  if (row.by_default !== 'on')
    return {
      reason: 'transactions are read-only here',
      todo: 'find out what makes them read-only, perhaps the pooler',
    };
  return { reason: `default_transaction_read_only is on (${whereOf(row.source)})`, todo: resetOf(row) };
}

/** Explains a value of pg_settings.source. */
function whereOf(source: string | null): string {
  if (source === 'database') return 'a setting of the database';
  if (source === 'user') return 'a setting of the role';
  if (source === 'database user') return 'a setting of the role in this database';
  return source === 'configuration file' ? 'the configuration of the server' : (source ?? 'unknown');
}

function resetOf({ source, database, role }: ReadOnlyRow): string {
  const what = 'default_transaction_read_only';
  if (source === 'database') return `run "alter database ${database} reset ${what}"`;
  if (source === 'user') return `run "alter role ${role} reset ${what}"`;
  if (source === 'database user') return `run "alter role ${role} in database ${database} reset ${what}"`;
  return 'set it to off where it is set; some managed servers set it when their disk is full';
}

/** Returns how far the server's clock is ahead of ours; the true offset is at most `withinSeconds` from `seconds`. */
export async function serverOffset(
  pool: pg.Pool,
  now: () => number = () => Date.now(),
): Promise<{ seconds: number; withinSeconds: number }> {
  const sentMs = now();
  const { rows } = await pool.query<{ ms: string }>(
    'select extract(epoch from clock_timestamp()) * 1000 as ms',
  );
  const receivedMs = now();
  return {
    seconds: (Number(rows[0]?.ms) - (sentMs + receivedMs) / 2) / 1000,
    withinSeconds: (receivedMs - sentMs) / 2000,
  };
}

/**
 * The time by the clock of the server or by ours, whichever is earlier: what is deleted by age is deleted too soon by no
 * single clock that runs ahead.
 */
export async function earlierNow(pool: pg.Pool, now: () => number = () => Date.now()): Promise<Date> {
  const { seconds } = await serverOffset(pool, now);
  return new Date(now() + Math.min(0, seconds * 1000));
}
