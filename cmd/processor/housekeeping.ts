import { healRejections } from '#internal/housekeeping/heal-rejections.ts';
import { openHealing } from '#internal/housekeeping/open-healing.ts';
import { keepRetention } from '#internal/housekeeping/retention.ts';
import { openPool } from '#internal/postgres/pool.ts';
import type { PostgresStore } from '#internal/postgres/store.ts';
import type { MappingRegistry } from '#internal/processor/mappings.ts';
import type { Payloads } from '#internal/processor/ports.ts';
import { SchemaRegistry } from '#internal/processor/schemas.ts';
import type { Logger } from 'pino';
import type { ProcessorConfig } from './config.ts';

/** The page that is under way at the drain gets this long for its statement. */
const CLOSE_MS = 1_000;

export interface Housekeeping extends AsyncDisposable {
  /** Rejections that were replayed so far, by this process. */
  readonly replayed: number;
}

export interface HousekeepingParts {
  readonly config: ProcessorConfig;
  readonly log: Logger;
  readonly store: PostgresStore;
  readonly mappings: MappingRegistry;
  readonly payloads: Payloads | undefined;
  readonly drain: AbortSignal;
}

/**
 * Starts what runs once per database, until the drain. Every worker of every processor starts it; a lock decides which of
 * them does a page, on a connection of its own.
 */
export function startHousekeeping({
  config,
  log,
  store,
  mappings,
  payloads,
  drain,
}: HousekeepingParts): Housekeeping {
  const pool = openPool(config.DATABASE_URL, {
    max: 1,
    applicationName: 'event-processor-housekeeping',
    iamAuth: config.DATABASE_IAM_AUTH,
  });
  const closing = new AbortController();
  const end = AbortSignal.any([drain, closing.signal]);
  let replayed = 0;
  const healing = healRejections(
    {
      healing: openHealing(pool),
      store,
      schemas: new SchemaRegistry(),
      mappings,
      ...(payloads === undefined ? {} : { payloads }),
      maxExpandedBytes: config.MAX_EXPANDED_BYTES,
      intervalSeconds: config.REPLAY_INTERVAL_SECONDS,
      log,
      replayed: (rejections) => {
        replayed += rejections;
      },
    },
    end,
  );
  const retention = keepRetention({ pool, log, days: retentionOf(config) }, end);
  const closed = Promise.all([healing, retention]).then(() => pool.end());
  const moment = momentAfter(end);
  return {
    get replayed() {
      return replayed;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.race([closed, moment]);
    },
  };
}

function momentAfter(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => setTimeout(resolve, CLOSE_MS), { once: true });
  });
}

function retentionOf(config: ProcessorConfig) {
  const { REJECTION_RETENTION_DAYS: settled, OPEN_REJECTION_RETENTION_DAYS: open } = config;
  return { ...(settled === undefined ? {} : { settled }), ...(open === undefined ? {} : { open }) };
}
