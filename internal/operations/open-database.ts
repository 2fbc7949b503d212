import type pg from 'pg';
import {
  connectionLimit,
  connectionsOfOne,
  poolConnections,
  takesTooMany,
} from '../postgres/connection-limit.ts';
import { explainDatabaseError } from '../postgres/explain.ts';
import { ensurePartitions, isPartitioned } from '../postgres/partitions.ts';
import { PostgresStore } from '../postgres/store.ts';
import type { Log } from '../processor/ports.ts';
import { type Migrated, openMigrated, UnusableError } from './open-migrated.ts';

export interface DatabaseSettings {
  readonly url: string;
  readonly iamAuth: boolean;
  readonly storeConnections: number;
  /** Whether to migrate first. */
  readonly migrate: boolean;
  /** The number of workers on this machine, and which of them this is; the first logs for all. */
  readonly workers?: { readonly count: number; readonly number: number };
}

export interface Database extends Migrated {
  readonly store: PostgresStore;
}

/**
 * Connects, migrates if wanted, and makes sure that today's events have a partition.
 * @throws Error with a sentence for the operator when PostgreSQL cannot be used; its cause is the driver's error, if any
 */
export async function openDatabase(settings: DatabaseSettings, log: Log): Promise<Database> {
  const { url, iamAuth, migrate, workers } = settings;
  const opened = await openMigrated(
    {
      url,
      iamAuth,
      migrate,
      connections: poolConnections(settings.storeConnections),
      applicationName: workers === undefined ? 'event-processor' : `event-processor-${workers.number}`,
    },
    log,
    async (pool) => {
      await demandToday(pool, url);
      if (workers?.number === 1) await warnOfConnections(pool, settings, log);
    },
  );
  return { ...opened, store: new PostgresStore({ pool: opened.pool }) };
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
