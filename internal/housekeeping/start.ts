import type pg from 'pg';
import { explainDatabaseError } from '../postgres/explain.ts';
import { openPool } from '../postgres/pool.ts';
import type { MappingRegistry } from '../processor/mappings.ts';
import type { Log, Payloads } from '../processor/ports.ts';
import type { ReplayParts } from '../processor/replay.ts';
import { SchemaRegistry } from '../processor/schemas.ts';
import { healRejections } from '../processor/healing/heal-rejections.ts';
import { openHealing } from './open-healing.ts';
import { keepPartitions } from './partitions.ts';
import { keepRetention } from './retention.ts';
import type { Expiring } from '../postgres/rejections/expire.ts';

/** At the drain, the running statement of a page gets this long. */
const CLOSE_MS = 1_000;

interface Housekeeping extends AsyncDisposable {
  /** Rejections that this process has replayed so far. */
  readonly replayed: number;
  /** End of the last partition at the last look; undefined before the first look. */
  readonly partitionedUntil: Date | undefined;
}

export interface HousekeepingSettings {
  readonly databaseUrl: string;
  readonly iamAuth: boolean;
  readonly maxExpandedBytes: number;
  readonly replayIntervalSeconds: number;
  /** A kind without a number is kept for ever. */
  readonly retentionDays: Readonly<Partial<Record<Expiring | 'messages', number>> & { attempts: number }>;
}

interface HousekeepingParts {
  /** For everything except healing and retention, whose locks have a connection of their own. */
  readonly pool: pg.Pool;
  readonly store: ReplayParts['store'];
  readonly mappings: MappingRegistry;
  readonly payloads?: Payloads;
  readonly log: Log;
}

/**
 * Starts the loops that run once per database, until the drain. Every worker of every processor starts them; locks decide
 * which process does a page or makes a partition.
 */
export function startHousekeeping(
  { pool, ...parts }: HousekeepingParts,
  settings: HousekeepingSettings,
  drain: AbortSignal,
): Housekeeping {
  const { databaseUrl, iamAuth, retentionDays } = settings;
  const turns = openPool(databaseUrl, { max: 1, applicationName: 'event-processor-housekeeping', iamAuth });
  const closing = new AbortController();
  const end = AbortSignal.any([drain, closing.signal]);
  let replayed = 0;
  let partitionedUntil: Date | undefined;
  const { messages, attempts, ...rejections } = retentionDays;
  const { log } = parts;
  const loops = [
    healRejections(
      {
        ...parts,
        healing: openHealing(turns),
        schemas: new SchemaRegistry(),
        maxExpandedBytes: settings.maxExpandedBytes,
        intervalSeconds: settings.replayIntervalSeconds,
        replayed: (count) => {
          replayed += count;
        },
      },
      end,
    ),
    keepRetention({ pool: turns, log, days: rejections }, end),
    keepPartitions(
      {
        pool,
        log,
        retentionDays: messages,
        attemptRetentionDays: attempts,
        explain: (error) => explainDatabaseError(error, databaseUrl),
        seen: (until) => {
          partitionedUntil = until;
        },
      },
      end,
    ),
  ];
  const closed = Promise.all(loops).then(() => turns.end());
  const moment = momentAfter(end);
  return {
    get replayed() {
      return replayed;
    },
    get partitionedUntil() {
      return partitionedUntil;
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
