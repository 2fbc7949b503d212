import { ProgramError } from '#internal/daemon/program.ts';
import {
  connectionLimit,
  connectionsOfOne,
  poolConnections,
  takesTooMany,
} from '#internal/postgres/connection-limit.ts';
import { explainDatabaseError } from '#internal/postgres/errors.ts';
import { MigrationError, migrate, migrationStatus } from '#internal/postgres/migrate.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { PostgresStore } from '#internal/postgres/store.ts';
import { sleep } from '#internal/processor/waiting.ts';
import type { Logger } from 'pino';
import type { ProcessorConfig } from './config.ts';
import { keepPartitions, preparePartitions } from './partitions.ts';

/** A server that does not answer must not hold the end up; what it was asked last is on the queue still. */
const CLOSE_MS = 1_000;

export interface Database extends AsyncDisposable {
  readonly store: PostgresStore;
  /** Rejects with a sentence when PostgreSQL does not answer. */
  ping(): Promise<void>;
}

/**
 * Connects, migrates unless told not to, and keeps partitions made ahead until it is closed.
 * @throws ProgramError when PostgreSQL cannot be used
 */
export async function openDatabase(config: ProcessorConfig, log: Logger, worker?: number): Promise<Database> {
  const pool = openPool(config.DATABASE_URL, {
    max: poolConnections(config.STORE_CONNECTIONS),
    applicationName: worker === undefined ? 'event-processor' : `event-processor-${worker}`,
  });
  try {
    if (config.MIGRATE) {
      const applied = await migrate(pool);
      if (applied.length > 0) log.info({ applied }, 'migrated');
    } else {
      await demandMigrated(pool);
    }
    await preparePartitions(pool, config.RETENTION_DAYS, log);
    if (worker === 1) await warnOfConnections(pool, config, log);
  } catch (error) {
    await pool.end();
    if (error instanceof ProgramError) throw error;
    if (error instanceof MigrationError) throw new ProgramError(error.message, { cause: error });
    throw new ProgramError(explainDatabaseError(error, config.DATABASE_URL), { cause: error });
  }
  const closing = new AbortController();
  const keeping = keepPartitions(pool, config.RETENTION_DAYS, log, closing.signal);
  return {
    store: new PostgresStore({ pool }),
    async ping() {
      try {
        await pool.query('select 1');
      } catch (error) {
        throw new Error(explainDatabaseError(error, config.DATABASE_URL), { cause: error });
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await keeping;
      await Promise.race([pool.end(), sleep(CLOSE_MS, new AbortController().signal)]);
    },
  };
}

/** Said by the first of several workers for all; without enough connections they start, and then wait for each other. */
async function warnOfConnections(
  pool: Parameters<typeof connectionLimit>[0],
  config: ProcessorConfig,
  log: Logger,
): Promise<void> {
  const connections = config.WORKERS * connectionsOfOne(config.STORE_CONNECTIONS);
  const limit = await connectionLimit(pool);
  if (!takesTooMany(connections, limit)) return;
  log.warn(
    { workers: config.WORKERS, connections, limit },
    'the workers may open more than four fifths of the connections that PostgreSQL allows: set WORKERS or STORE_CONNECTIONS lower, or allow more',
  );
}

async function demandMigrated(pool: Parameters<typeof migrationStatus>[0]): Promise<void> {
  const { pending, changed, unknown } = await migrationStatus(pool);
  if (pending.length > 0) {
    throw new ProgramError(
      `the database lacks the migrations ${pending.join(', ')}: run "npm run admin -- migrate", or set MIGRATE=true`,
    );
  }
  if (changed.length > 0) {
    throw new ProgramError(
      `the migrations ${changed.join(', ')} were changed after they were applied: restore the files, and put what is new into a new migration`,
    );
  }
  if (unknown.length > 0) {
    throw new ProgramError(
      `the database is newer than this program, it knows ${unknown.join(', ')}: run a newer version of the processor`,
    );
  }
}
