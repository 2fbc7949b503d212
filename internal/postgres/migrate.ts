import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sqlStateOf } from './errors.ts';
import { adviceOnTaken, type ForeignRelations, foreignRelations, holdsForeign } from './foreign-relations.ts';
import { type Migration, readMigrations } from './migration-files.ts';

/** Advisory lock, with an arbitrary number: the process that migrates holds it, all others wait for it. */
const LOCK = 7_203_118_402;

/** Stores queue behind a migration that waits for a table, so it waits briefly and then retries. */
const LOCK_TIMEOUT_MS = 500;
const RETRY_MS = 1_000;
const MAX_WAIT_MS = 600_000;

/** PostgreSQL checks this often whether the migrator that it works for is still connected. */
const CLIENT_CHECK_MS = 2_000;

/** A database whose applied migrations are not those of this program, or a migration that failed. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

interface Applied {
  readonly checksum: string;
  /** Null when an older program applied it, which did not record this. */
  readonly worksWith: string | null;
}

export interface MigrationStatus {
  readonly applied: string[];
  readonly pending: string[];
  /** Applied, but the file has changed since. */
  readonly changed: string[];
  /** Applied by a newer program, and declared to work with this one. */
  readonly newer: string[];
  /** Applied by a newer program, and this one does not work with it. */
  readonly unknown: string[];
}

interface MigrateOptions {
  /** Where the migrations are; by default, those of this program. */
  readonly folder?: URL;
  /** Called with a sentence about what it waits for. */
  readonly tell?: (message: string) => void;
  readonly maxWaitMs?: number;
}

/**
 * Applies the pending migrations, each in a transaction of its own, and returns their names. Several processes may call it at
 * once: one works, the others wait. No timeout of a session or client ends it; when this process dies, PostgreSQL ends it.
 * Neither the lock nor a setting outlives a transaction: behind a pooler, the next one has another session.
 * @param pool without a time limit on queries
 * @throws MigrationError when the applied migrations do not fit those of this program, or a migration fails
 */
export async function migrate(pool: pg.Pool, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(options.folder);
  const names: string[] = [];
  for (;;) {
    const status = await statusOf(pool, migrations);
    refuseForeign(status);
    if (status.pending.length === 0) return names;
    await patiently(() => locked(pool, options, makeTable), options);
    const work = (client: pg.PoolClient) => applyNext(client, migrations, options);
    const name = await patiently(() => locked(pool, options, work), options);
    if (name !== undefined) names.push(name);
  }
}

/** Retries while another session locks a table that the migration changes. */
async function patiently<T>(
  work: () => Promise<T>,
  { tell, maxWaitMs = MAX_WAIT_MS }: MigrateOptions,
): Promise<T> {
  const deadlineMs = performance.now() + maxWaitMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof MigrationError ? error.cause : error;
      if (sqlStateOf(cause) !== '55P03' || performance.now() > deadlineMs) throw error;
      if (tries === 1) {
        tell?.(
          'a table that the migration changes is in use: trying again until it is free (look for long transactions in pg_stat_activity)',
        );
      }
      await sleep(RETRY_MS * (0.5 + Math.random()));
    }
  }
}

async function locked<T>(
  pool: pg.Pool,
  { tell }: MigrateOptions,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    await client.query(
      `select set_config(name, '0', true) from pg_settings
        where name in ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`,
    );
    // Not every operating system supports it.
    await client.query(
      `do $$ begin perform set_config('client_connection_check_interval', '${CLIENT_CHECK_MS}', true);
             exception when others then null; end $$`,
    );
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1) as got', [
      LOCK,
    ]);
    if (rows[0]?.got !== true) {
      tell?.('another program is migrating this database: waiting until it is done');
      await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    }
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken = error as Error; // closing the connection rolls back, whatever state it is in
    throw error;
  } finally {
    client.release(broken);
  }
}

/** In a transaction of its own: if a migration's transaction altered the table, it would be locked until that ends. */
async function makeTable(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ complete: boolean }>(
    `select exists (select from pg_attribute where attrelid = to_regclass('schema_migration')
                       and attname = 'works_with') as complete`,
  );
  if (rows[0]?.complete === true) return;
  await client.query(
    `create table if not exists schema_migration (
       name text primary key, checksum text not null, applied_at timestamptz not null default now());
     alter table schema_migration add column if not exists works_with text;
     comment on table schema_migration is 'Migrations that were applied to this database, with the SHA-256 of their files.';
     comment on column schema_migration.works_with is
       'The oldest program, by its newest migration, that works with the schema after this one.'`,
  );
}

/** Returns the name of the applied migration; undefined when another program has applied it meanwhile. */
async function applyNext(
  client: pg.PoolClient,
  migrations: readonly Migration[],
  { tell }: MigrateOptions,
): Promise<string | undefined> {
  const applied = await readApplied(client);
  const status = compare(migrations, applied);
  refuseForeign(status);
  const next = migrations.find(({ name }) => name === status.pending[0]);
  if (next === undefined) return undefined;
  const foreign = applied.size === 0 ? await foreignRelations(client) : undefined;
  await apply(client, next, foreign);
  if (foreign !== undefined && foreign.count > 0) tell?.(`${holdsForeign(foreign)}; they are left alone`);
  return next.name;
}

/** Returns what `migrate` would find, without changing anything. */
export async function migrationStatus(pool: pg.Pool, folder?: URL): Promise<MigrationStatus> {
  return statusOf(pool, await readMigrations(folder));
}

async function statusOf(pool: pg.Pool, migrations: readonly Migration[]): Promise<MigrationStatus> {
  const { rows } = await pool.query<{ known: boolean; ours: boolean }>(
    `select to_regclass('schema_migration') is not null as known,
            2 = (select count(*) from pg_attribute where attrelid = to_regclass('schema_migration')
                    and attname in ('name', 'checksum') and not attisdropped) as ours`,
  );
  if (rows[0]?.known && !rows[0].ours)
    throw new MigrationError(
      'the table schema_migration belongs to another program: give this one a database of its own, or a schema of its own by "search_path" of its role',
    );
  return compare(migrations, rows[0]?.known ? await readApplied(pool) : new Map());
}

/** Says why this program cannot work with a database of that status; null when it can. */
export function migrationProblem({ pending, changed, unknown }: MigrationStatus): string | null {
  if (changed.length > 0)
    return `the migrations ${changed.join(', ')} were changed after they were applied: restore the files, and put what is new into a new migration`;
  if (unknown.length > 0)
    return `the database is newer than this program: it has the migrations ${unknown.join(', ')}; use a newer version of the program`;
  if (pending.length > 0)
    return `the database lacks the migrations ${pending.join(', ')}: run "npm run admin -- migrate", or set MIGRATE=true`;
  return null;
}

function refuseForeign(status: MigrationStatus): void {
  const problem = migrationProblem({ ...status, pending: [] });
  if (problem !== null) throw new MigrationError(problem);
}

async function readApplied(client: pg.Pool | pg.PoolClient): Promise<Map<string, Applied>> {
  // All columns: older programs created the table without works_with.
  const { rows } = await client.query<{ name: string; checksum: string; works_with?: string | null }>(
    'select * from schema_migration',
  );
  return new Map(
    rows.map(({ name, checksum, works_with }) => [name, { checksum, worksWith: works_with ?? null }]),
  );
}

function compare(migrations: readonly Migration[], applied: ReadonlyMap<string, Applied>): MigrationStatus {
  const names = new Set(migrations.map(({ name }) => name));
  const newest = migrations.at(-1)?.name ?? '';
  const others = [...applied].filter(([name]) => !names.has(name)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const worksWithUs = ({ worksWith }: Applied) => worksWith !== null && worksWith <= newest;
  return {
    applied: migrations.filter(({ name }) => applied.has(name)).map(({ name }) => name),
    pending: migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name),
    changed: migrations
      .filter(({ name, checksum }) => applied.has(name) && applied.get(name)?.checksum !== checksum)
      .map(({ name }) => name),
    newer: others.filter(([, each]) => worksWithUs(each)).map(([name]) => name),
    unknown: others.filter(([, each]) => !worksWithUs(each)).map(([name]) => name),
  };
}

async function apply(
  client: pg.PoolClient,
  { name, sql, checksum, worksWith }: Migration,
  foreign: ForeignRelations | undefined,
): Promise<void> {
  try {
    await client.query(sql);
    await client.query('insert into schema_migration (name, checksum, works_with) values ($1, $2, $3)', [
      name,
      checksum,
      worksWith,
    ]);
  } catch (error) {
    const advice = adviceOnTaken(error, foreign);
    throw new MigrationError(`migration ${name} failed: ${(error as Error).message}${advice}`, {
      cause: error,
    });
  }
}
