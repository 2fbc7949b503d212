import type pg from 'pg';

/**
 * What every session of ours must have, whatever `alter database` or `alter role` say. PgBouncer in transaction mode
 * carries these from server session to server session (docs: "track_extra_parameters"), so they may be set behind it too.
 */
const CARRIED_BY_POOLERS = {
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
} as const;

/** A pooler would leave these to whoever gets the server session next. Nothing that we read or write depends on them. */
const OF_A_SESSION_ALONE = {
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  default_transaction_isolation: 'read committed',
} as const;

/**
 * Fixes the settings of a new session. Behind a pooler, which gives out process ids of its own, only those that the
 * pooler carries; the storing statement is tried again where another isolation level refuses it.
 */
export async function fixSession(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ pid: number }>(
    `select ${settingOf(CARRIED_BY_POOLERS)}, pg_backend_pid() as pid`,
  );
  if (rows[0]?.pid !== processIdOf(client)) return;
  await client.query(`select ${settingOf(OF_A_SESSION_ALONE)}`);
}

function settingOf(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `set_config('${name}', '${value}', false)`)
    .join(', ');
}

/** From BackendKeyData; pg's types do not name it. */
function processIdOf(client: pg.ClientBase): number | null {
  return (client as unknown as { readonly processID: number | null }).processID;
}

/** A setting of a session that is not as it should be. */
export interface Unlike {
  readonly name: string;
  readonly found: string;
  readonly wanted: string;
}

interface SessionExamined {
  /** A pooler stands between. */
  readonly pooled: boolean;
  readonly unlike: readonly Unlike[];
}

/** Settings of server, database or role under which what is committed may be lost, or not be checked. */
const OF_THE_SERVER = {
  fsync: /^on$/,
  full_page_writes: /^on$/,
  synchronous_commit: /^(on|local|remote_write|remote_apply)$/,
  session_replication_role: /^origin$/,
} as const;

/**
 * What a session of ours has in the end, after `fixSession`, with the server's settings that durability and foreign keys
 * hang on. Over a connection that was used before: a pooler may give another server session than at the login.
 */
export async function examineSession(client: pg.ClientBase): Promise<SessionExamined> {
  const fixed: Readonly<Record<string, string>> = { ...CARRIED_BY_POOLERS, ...OF_A_SESSION_ALONE };
  const names = [...Object.keys(fixed), ...Object.keys(OF_THE_SERVER)];
  const { rows } = await client.query<{ name: string; setting: string; pid: number }>(
    'select name, setting, pg_backend_pid() as pid from pg_settings where name = any($1) order by name',
    [names],
  );
  const unlike = rows.flatMap(({ name, setting: found }): Unlike[] => {
    const pattern = (OF_THE_SERVER as Readonly<Record<string, RegExp>>)[name];
    if (pattern !== undefined) {
      const wanted = name === 'session_replication_role' ? 'origin' : 'on';
      return pattern.test(found) ? [] : [{ name, found, wanted }];
    }
    return found === fixed[name] ? [] : [{ name, found, wanted: fixed[name] ?? '' }];
  });
  return { pooled: rows.some(({ pid }) => pid !== processIdOf(client)), unlike };
}
