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
