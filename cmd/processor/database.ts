import { ProgramError } from '#internal/daemon/program.ts';
import {
  connectionLimit,
  connectionsOfOne,
  poolConnections,
  takesTooMany,
} from '#internal/postgres/connection-limit.ts';
import { demandUtf8, EncodingError } from '#internal/postgres/encoding.ts';
import { isMisconfigured } from '#internal/postgres/errors.ts';
import { explainDatabaseError } from '#internal/postgres/explain.ts';
import { MigrationError, migrate, migrationProblem, migrationStatus } from '#internal/postgres/migrate.ts';
import { countOpenRejections, type OpenRejections } from '#internal/postgres/open-rejections.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { PostgresStore } from '#internal/postgres/store.ts';
import { sleep } from '#internal/processor/waiting.ts';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { ProcessorConfig } from './config.ts';
import { demandToday, keepPartitions } from './partitions.ts';

/** A server that does not answer must not hold the end up; what it was asked last is on the queue still. */
const CLOSE_MS = 1_000;

export interface Database extends AsyncDisposable {
  readonly store: PostgresStore;
  /** Rejects with a sentence when PostgreSQL does not answer. */
  ping(): Promise<void>;
  /** Until when there were partitions at the last look. */
  readonly partitionedUntil: Date | undefined;
  /** By reason, each counted up to so many. */
  openRejections(most: number): Promise<OpenRejections>;
}

/**
 * Connects, migrates unless told not to, and keeps partitions made ahead until it is closed.
 * @throws ProgramError when PostgreSQL cannot be used
 */
export async function openDatabase(config: ProcessorConfig, log: Logger, worker?: number): Promise<Database> {
  const pool = openPool(config.DATABASE_URL, {
    max: poolConnections(config.STORE_CONNECTIONS),
    applicationName: worker === undefined ? 'event-processor' : `event-processor-${worker}`,
    iamAuth: config.DATABASE_IAM_AUTH,
  });
  try {
    await demandUtf8(pool);
    if (config.MIGRATE) await migrateFirst(config, log);
    await demandMigrated(pool, log);
    await demandToday(pool, config.DATABASE_URL);
    if (worker === 1) await warnOfConnections(pool, config, log);
  } catch (error) {
    await pool.end();
    if (error instanceof ProgramError) throw error;
    if (error instanceof MigrationError || error instanceof EncodingError)
      throw new ProgramError(error.message, { cause: error });
    throw new ProgramError(explainDatabaseError(error, config.DATABASE_URL), {
      exitCode: isMisconfigured(error) ? 2 : 1,
      cause: error,
    });
  }
  const closing = new AbortController();
  let partitionedUntil: Date | undefined;
  const keeping = keepPartitions(
    pool,
    {
      databaseUrl: config.DATABASE_URL,
      retentionDays: config.RETENTION_DAYS,
      seen: (until) => {
        partitionedUntil = until;
      },
    },
    log,
    closing.signal,
  );
  return {
    store: new PostgresStore({ pool }),
    async ping() {
      try {
        await pool.query('select 1');
      } catch (error) {
        throw new Error(explainDatabaseError(error, config.DATABASE_URL), { cause: error });
      }
    },
    get partitionedUntil() {
      return partitionedUntil;
    },
    openRejections: (most) => countOpenRejections(pool, most),
    async [Symbol.asyncDispose]() {
      closing.abort();
      const closed = Promise.all([keeping, pool.end()]);
      await Promise.race([closed, sleep(CLOSE_MS, new AbortController().signal)]);
    },
  };
}

/** Said by the first of several workers for all; without enough connections they start, and then wait for each other. */
async function warnOfConnections(pool: pg.Pool, config: ProcessorConfig, log: Logger): Promise<void> {
  const connections = config.WORKERS * connectionsOfOne(config.STORE_CONNECTIONS);
  const limit = await connectionLimit(pool);
  if (!takesTooMany(connections, limit)) return;
  log.warn(
    { workers: config.WORKERS, connections, limit },
    'the workers may open more than four fifths of the connections that PostgreSQL allows: set WORKERS or STORE_CONNECTIONS lower, or allow more',
  );
}

/** Over a connection of its own, without the time limits of all others. */
async function migrateFirst(config: ProcessorConfig, log: Logger): Promise<void> {
  const pool = openPool(config.DATABASE_URL, {
    max: 1,
    applicationName: 'event-processor-migrate',
    statementTimeoutMs: 0,
    iamAuth: config.DATABASE_IAM_AUTH,
  });
  try {
    const applied = await migrate(pool, { tell: (message) => log.info({}, message) });
    if (applied.length > 0) log.info({ applied }, 'migrated');
  } finally {
    await pool.end();
  }
}

async function demandMigrated(pool: pg.Pool, log: Logger): Promise<void> {
  const status = await migrationStatus(pool);
  const problem = migrationProblem(status);
  if (problem !== null) throw new ProgramError(problem);
  if (status.newer.length > 0)
    log.info({ migrations: status.newer }, 'the database is of a newer version, which works with this one');
}
