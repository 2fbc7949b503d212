import type { HousekeepingSettings } from '#internal/housekeeping/start.ts';
import type { DatabaseSettings } from '#internal/operations/open-database.ts';
import type { ProcessorSettings } from '#internal/processor/settings.ts';
import type { ProcessorConfig } from '#internal/programs/processor.ts';
import type { Options } from './options.ts';

/** A short long poll, so that --until-empty soon notices an empty queue. */
const WAIT_UNTIL_EMPTY_SECONDS = 1;

export function settingsOf(config: ProcessorConfig, { untilEmpty }: Options): ProcessorSettings {
  return {
    polls: config.POLLS,
    receiveWaitSeconds: untilEmpty
      ? Math.min(WAIT_UNTIL_EMPTY_SECONDS, config.RECEIVE_WAIT_SECONDS)
      : config.RECEIVE_WAIT_SECONDS,
    maxInFlight: config.MAX_IN_FLIGHT,
    visibilityTimeoutSeconds: config.VISIBILITY_TIMEOUT_SECONDS,
    maxLeaseSeconds: config.MAX_LEASE_SECONDS,
    batch: { events: config.BATCH_SIZE, bytes: config.BATCH_BYTES, ageMs: config.BATCH_AGE_MS },
    storeConnections: config.STORE_CONNECTIONS,
    maxExpandedBytes: config.MAX_EXPANDED_BYTES,
    untilEmpty,
  };
}

/** @param worker the worker's number, if there are several */
export function databaseOf(config: ProcessorConfig, worker: number | undefined): DatabaseSettings {
  return {
    url: config.DATABASE_URL,
    iamAuth: config.DATABASE_IAM_AUTH,
    storeConnections: config.STORE_CONNECTIONS,
    migrate: config.MIGRATE,
    ...(worker === undefined ? {} : { workers: { count: config.WORKERS, number: worker } }),
  };
}

export function housekeepingOf(config: ProcessorConfig): HousekeepingSettings {
  const {
    RETENTION_DAYS: messages,
    REJECTION_RETENTION_DAYS: settled,
    OPEN_REJECTION_RETENTION_DAYS: open,
    ATTEMPT_RETENTION_DAYS: attempts,
  } = config;
  return {
    databaseUrl: config.DATABASE_URL,
    iamAuth: config.DATABASE_IAM_AUTH,
    maxExpandedBytes: config.MAX_EXPANDED_BYTES,
    replayIntervalSeconds: config.REPLAY_INTERVAL_SECONDS,
    retentionDays: {
      attempts,
      ...(messages === undefined ? {} : { messages }),
      ...(settled === undefined ? {} : { settled }),
      ...(open === undefined ? {} : { open }),
    },
  };
}
