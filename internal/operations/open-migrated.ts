import type pg from 'pg';
import { demandUtf8, EncodingError } from '../postgres/encoding.ts';
import { explainDatabaseError } from '../postgres/explain.ts';
import { MigrationError, migrate, migrationProblem, migrationStatus } from '../postgres/migrate.ts';
import { openPool } from '../postgres/pool.ts';
import { sleep } from '../waiting/sleep.ts';

/** A silent server must not delay shutdown: what was not committed is done again. */
const CLOSE_MS = 1_000;

interface Log {
  info(fields: object, message: string): void;
}

interface MigratedSettings {
  readonly url: string;
  readonly iamAuth: boolean;
  /** Whether to migrate first. */
  readonly migrate: boolean;
  readonly connections: number;
  readonly applicationName: string;
}

export interface Migrated extends AsyncDisposable {
  readonly pool: pg.Pool;
  /** Rejects with a sentence when PostgreSQL does not answer. */
  ping(): Promise<void>;
}

/** The database itself cannot be used; the message is a sentence for the operator. */
export class UnusableError extends Error {}

/**
 * Connects, migrates if wanted, and checks that the database has the schema of this version.
 * @param check looks at what else the program needs
 * @throws Error with a sentence for the operator when PostgreSQL cannot be used; its cause is the driver's error, if any
 */
export async function openMigrated(
  settings: MigratedSettings,
  log: Log,
  check: (pool: pg.Pool) => Promise<void> = async () => {},
): Promise<Migrated> {
  const { url, iamAuth, connections: max, applicationName } = settings;
  const pool = openPool(url, { max, applicationName, iamAuth });
  try {
    await demandUtf8(pool);
    if (settings.migrate) await migrateFirst(settings, log);
    await demandMigrated(pool, log);
    await check(pool);
  } catch (error) {
    await pool.end();
    if (error instanceof UnusableError) throw error;
    if (error instanceof MigrationError || error instanceof EncodingError) throw error;
    throw new Error(explainDatabaseError(error, url), { cause: error });
  }
  return {
    pool,
    async ping() {
      try {
        await pool.query('select 1');
      } catch (error) {
        throw new Error(explainDatabaseError(error, url), { cause: error });
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.race([pool.end(), sleep(CLOSE_MS, new AbortController().signal)]);
    },
  };
}

/** Migrates over a connection of its own, without the time limits of the others. */
async function migrateFirst({ url, iamAuth }: MigratedSettings, log: Log): Promise<void> {
  const pool = openPool(url, {
    max: 1,
    applicationName: 'event-processor-migrate',
    statementTimeoutMs: 0,
    iamAuth,
  });
  try {
    const applied = await migrate(pool, { tell: (message) => log.info({}, message) });
    if (applied.length > 0) log.info({ applied }, 'migrated');
  } finally {
    await pool.end();
  }
}

async function demandMigrated(pool: pg.Pool, log: Log): Promise<void> {
  const status = await migrationStatus(pool);
  const problem = migrationProblem(status);
  if (problem !== null) throw new UnusableError(problem);
  if (status.newer.length > 0)
    log.info(
      { migrations: status.newer },
      'the database was migrated by a newer version, compatible with this one',
    );
}
