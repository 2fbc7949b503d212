import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';

const FOLDER = new URL('../../migrations/', import.meta.url);

/** The number is arbitrary and ours: whoever migrates holds this lock, everyone else waits for it. */
const LOCK = 7_203_118_402;

/** A database whose applied migrations are not those of this program. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

export interface MigrationStatus {
  readonly applied: string[];
  readonly pending: string[];
  /** Applied, but the file is another one now. */
  readonly changed: string[];
  /** Applied, but this program does not have the file: the database is newer. */
  readonly unknown: string[];
}

/**
 * Applies what is pending, each file in a transaction of its own, and answers the names. Several at once are fine.
 * Nothing outlives a transaction, neither the lock nor a setting: behind a pooler the next one has another session.
 * @throws MigrationError when what was applied before is not what this program has
 */
export async function migrate(pool: pg.Pool): Promise<string[]> {
  const migrations = await readMigrations();
  const names: string[] = [];
  for (;;) {
    const name = await locked(pool, (client) => applyNext(client, migrations));
    if (name === undefined) return names;
    names.push(name);
  }
}

async function locked<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    // Waiting for another migrator may take longer than any statement should.
    await client.query('set local statement_timeout = 0');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
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

/** Answers the name of what was applied; undefined when nothing is pending. */
async function applyNext(
  client: pg.PoolClient,
  migrations: readonly Migration[],
): Promise<string | undefined> {
  await client.query(
    'create table if not exists schema_migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
  );
  await client.query(
    "comment on table schema_migration is 'Migrations that were applied to this database, with the SHA-256 of their files.'",
  );
  const status = compare(migrations, await readApplied(client));
  refuseForeign(status);
  const next = migrations.find(({ name }) => name === status.pending[0]);
  if (next !== undefined) await apply(client, next);
  return next?.name;
}

/** What `migrate` would find; changes nothing. */
export async function migrationStatus(pool: pg.Pool): Promise<MigrationStatus> {
  const { rows } = await pool.query<{ known: boolean }>(
    "select to_regclass('schema_migration') is not null as known",
  );
  return compare(await readMigrations(), rows[0]?.known ? await readApplied(pool) : new Map());
}

function refuseForeign({ changed, unknown }: MigrationStatus): void {
  if (changed.length > 0) {
    throw new MigrationError(
      `the migrations ${changed.join(', ')} were changed after they were applied: restore the files, and put what is new into a new migration`,
    );
  }
  if (unknown.length > 0) {
    throw new MigrationError(
      `the database is newer than this program, it has the migrations ${unknown.join(', ')}: use the program's newer version`,
    );
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      // Git may have checked the file out with other line ends.
      const sql = (await readFile(new URL(name, FOLDER), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function readApplied(client: pg.Pool | pg.PoolClient): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migration',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function compare(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): MigrationStatus {
  const names = new Set(migrations.map(({ name }) => name));
  return {
    applied: migrations.filter(({ name }) => applied.has(name)).map(({ name }) => name),
    pending: migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name),
    changed: migrations
      .filter(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum)
      .map(({ name }) => name),
    unknown: [...applied.keys()].filter((name) => !names.has(name)).toSorted(),
  };
}

async function apply(client: pg.PoolClient, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query(sql);
    await client.query('insert into schema_migration (name, checksum) values ($1, $2)', [name, checksum]);
  } catch (error) {
    throw new MigrationError(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
