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

/** The page that is under way at the drain gets this long for its statement. */
const CLOSE_MS = 1_000;

interface Housekeeping extends AsyncDisposable {
  /** Rejections that were replayed so far, by this process. */
  readonly replayed: number;
  /** Until when there were partitions at the last look; undefined before the first. */
  readonly partitionedUntil: Date | undefined;
}

export interface HousekeepingSettings {
  readonly databaseUrl: string;
  readonly iamAuth: boolean;
  readonly maxExpandedBytes: number;
  readonly replayIntervalSeconds: number;
  /** What is not named is kept for ever. */
  readonly retentionDays: Readonly<Partial<Record<Expiring | 'messages', number>>>;
}

interface HousekeepingParts {
  /** For what is done beside the lock of healing and retention, which is held on a connection of its own. */
  readonly pool: pg.Pool;
  readonly store: ReplayParts['store'];
  readonly mappings: MappingRegistry;
  readonly payloads?: Payloads;
  readonly log: Log;
}

/**
 * Starts what runs once per database, until the drain. Every worker of every processor starts it; locks decide which of them
 * does a page, or makes a partition.
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
  const { messages, ...rejections } = retentionDays;
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
