import type pg from 'pg';

/**
 * Settings that every session of ours needs, whatever `alter database` or `alter role` set. PgBouncer in transaction mode
 * carries these from server session to server session (docs: "track_extra_parameters"), so they may be set behind it too.
 */
const CARRIED_BY_POOLERS = {
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
} as const;

/** A pooler would leave these to the next client of the server session. Nothing that we read or write depends on them. */
const OF_A_SESSION_ALONE = {
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  default_transaction_isolation: 'read committed',
} as const;

/**
 * Fixes the settings of a new session. Behind a pooler, which is recognized by its own process ids, it sets only those that
 * the pooler carries; the storing statement is retried when another isolation level refuses it.
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

/** The process id from BackendKeyData, which pg's types do not declare. */
function processIdOf(client: pg.ClientBase): number | null {
  return (client as unknown as { readonly processID: number | null }).processID;
}

/** A setting of a session that has a wrong value. */
export interface Unlike {
  readonly name: string;
  readonly found: string;
  readonly wanted: string;
}

interface SessionExamined {
  /** Whether there is a pooler in between. */
  readonly pooled: boolean;
  readonly unlike: readonly Unlike[];
}

/** Safe values of settings of server, database or role; with others, committed data may be lost or not be checked. */
const OF_THE_SERVER = {
  fsync: /^on$/,
  full_page_writes: /^on$/,
  synchronous_commit: /^(on|local|remote_write|remote_apply)$/,
  session_replication_role: /^origin$/,
} as const;

/**
 * Examines the settings of a session after `fixSession`, and those of the server that durability and foreign keys depend on.
 * Needs a connection that was used before: a pooler may give it another server session than at login.
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
