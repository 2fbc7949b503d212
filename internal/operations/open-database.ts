import type pg from 'pg';
import {
  connectionLimit,
  connectionsOfOne,
  poolConnections,
  takesTooMany,
} from '../postgres/connection-limit.ts';
import { demandUtf8, EncodingError } from '../postgres/encoding.ts';
import { explainDatabaseError } from '../postgres/explain.ts';
import { MigrationError, migrate, migrationProblem, migrationStatus } from '../postgres/migrate.ts';
import { ensurePartitions, isPartitioned } from '../postgres/partitions.ts';
import { openPool } from '../postgres/pool.ts';
import { PostgresStore } from '../postgres/store.ts';
import type { Log } from '../processor/ports.ts';
import { sleep } from '../waiting/sleep.ts';

/** A silent server must not delay shutdown; unacknowledged messages are still on the queue. */
const CLOSE_MS = 1_000;

export interface DatabaseSettings {
  readonly url: string;
  readonly iamAuth: boolean;
  readonly storeConnections: number;
  /** Whether to migrate first. */
  readonly migrate: boolean;
  /** The number of workers on this machine, and which of them this is; the first logs for all. */
  readonly workers?: { readonly count: number; readonly number: number };
}

export interface Database extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly store: PostgresStore;
  /** Rejects with a sentence when PostgreSQL does not answer. */
  ping(): Promise<void>;
}

/** The database itself cannot be used; the message is a sentence for the operator. */
class UnusableError extends Error {}

/**
 * Connects, migrates if wanted, and makes sure that today's events have a partition.
 * @throws Error with a sentence for the operator when PostgreSQL cannot be used; its cause is the driver's error, if any
 */
export async function openDatabase(settings: DatabaseSettings, log: Log): Promise<Database> {
  const { url, iamAuth, workers } = settings;
  const pool = openPool(url, {
    max: poolConnections(settings.storeConnections),
    applicationName: workers === undefined ? 'event-processor' : `event-processor-${workers.number}`,
    iamAuth,
  });
  try {
    await demandUtf8(pool);
    if (settings.migrate) await migrateFirst(settings, log);
    await demandMigrated(pool, log);
    await demandToday(pool, url);
    if (workers?.number === 1) await warnOfConnections(pool, settings, log);
  } catch (error) {
    await pool.end();
    if (error instanceof UnusableError) throw error;
    if (error instanceof MigrationError || error instanceof EncodingError) throw error;
    throw new Error(explainDatabaseError(error, url), { cause: error });
  }
  return {
    pool,
    store: new PostgresStore({ pool }),
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

/** With too few connections, workers start, but then wait for each other. */
async function warnOfConnections(
  pool: pg.Pool,
  { workers, storeConnections }: DatabaseSettings,
  log: Log,
): Promise<void> {
  const count = workers?.count ?? 1;
  const connections = count * connectionsOfOne(storeConnections);
  const limit = await connectionLimit(pool);
  if (!takesTooMany(connections, limit)) return;
  log.warn(
    { workers: count, connections, limit },
    'the workers may open more than four fifths of the connections that PostgreSQL allows: set WORKERS or STORE_CONNECTIONS lower, or allow more',
  );
}

/** Migrates over a connection of its own, without the time limits of the others. */
async function migrateFirst({ url, iamAuth }: DatabaseSettings, log: Log): Promise<void> {
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

/** Makes today's partition unless it exists; without it, nothing could be stored. */
async function demandToday(pool: pg.Pool, url: string): Promise<void> {
  try {
    await ensurePartitions(pool, new Date(), 1);
  } catch (error) {
    if (await isPartitioned(pool, new Date()).catch(() => false)) return;
    const why = explainDatabaseError(error, url);
    throw new UnusableError(`the table message has no partition for today, and none could be made: ${why}`, {
      cause: error,
    });
  }
}
