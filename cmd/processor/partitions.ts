import { ProgramError } from '#internal/daemon/program.ts';
import { explainDatabaseError } from '#internal/postgres/explain.ts';
import {
  dropPartitionsBefore,
  ensurePartitions,
  listPartitions,
  mayMakePartitions,
  partitionedUntil,
} from '#internal/postgres/partitions.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import type pg from 'pg';
import type { Logger } from 'pino';

const DAYS_AHEAD = 7;
const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** After a failure: a dump or a report may hold a lock for minutes, and a right may be granted at any time. */
const RETRY_MS = 60_000;

interface PartitionSettings {
  readonly databaseUrl: string;
  readonly retentionDays: number | undefined;
  /** Told, at every look, until when there are partitions. */
  readonly seen: (until: Date) => void;
}

/**
 * Makes the partition of today, or finds it there.
 * @throws ProgramError when neither: then nothing could be stored
 */
export async function demandToday(pool: pg.Pool, databaseUrl: string): Promise<void> {
  try {
    await ensurePartitions(pool, new Date(), 1);
  } catch (error) {
    const now = new Date();
    const there = await listPartitions(pool).catch(() => []);
    if (there.some(({ from, until }) => from <= now && now < until)) return;
    throw new ProgramError(
      `the table message has no partition for today, and none could be made: ${explainDatabaseError(error, databaseUrl)}`,
      { cause: error },
    );
  }
}

/**
 * Makes the partitions of the next days and drops those past the retention, now and every hour until the signal. What
 * cannot be done now is said and tried again: events of the days that have a partition are stored meanwhile. A user who
 * may not make them leaves it to the owner of the table, and only says when too few are there.
 */
export async function keepPartitions(
  pool: pg.Pool,
  settings: PartitionSettings,
  log: Logger,
  closing: AbortSignal,
): Promise<void> {
  let failed = false;
  while (!closing.aborted) {
    const problems = await lookAtPartitions(pool, settings, log);
    if (problems.length > 0 && !failed) {
      log.warn({ problems }, 'partitions could not be prepared; trying again every minute');
    } else if (problems.length === 0 && failed) {
      log.info({}, 'partitions are prepared again');
    }
    failed = problems.length > 0;
    await sleep(failed ? RETRY_MS : EVERY_MS, closing);
  }
}

async function lookAtPartitions(pool: pg.Pool, settings: PartitionSettings, log: Logger): Promise<string[]> {
  try {
    const problems = (await mayMakePartitions(pool)) ? await preparePartitions(pool, settings, log) : [];
    const partitions = await listPartitions(pool);
    const until = partitionedUntil(partitions, new Date());
    settings.seen(until);
    if (problems.length === 0 && until.getTime() < Date.now() + DAYS_AHEAD * DAY_MS)
      return [
        `this PostgreSQL user lacks a right: it may not make partitions of message, which has them until ${until.toISOString().slice(0, 16)}Z; run "npm run admin -- partitions make" as the owner of the table`,
      ];
    return problems;
  } catch (error) {
    return [explainDatabaseError(error, settings.databaseUrl)];
  }
}

/** Does each part by itself; returns a sentence for each that failed, the same one once. */
async function preparePartitions(
  pool: pg.Pool,
  { databaseUrl, retentionDays }: PartitionSettings,
  log: Logger,
): Promise<string[]> {
  const problems = new Set<string>();
  const trying = async (work: () => Promise<string[]>): Promise<string[]> => {
    try {
      return await work();
    } catch (error) {
      problems.add(explainDatabaseError(error, databaseUrl));
      return [];
    }
  };
  const made: string[] = [];
  for (let day = 0; day <= DAYS_AHEAD; day += 1) {
    const date = new Date(Date.now() + day * DAY_MS);
    made.push(...(await trying(() => ensurePartitions(pool, date, 1))));
  }
  if (made.length > 0) log.info({ made }, 'partitions made');
  if (retentionDays !== undefined) {
    const before = new Date(Date.now() - retentionDays * DAY_MS);
    const dropped = await trying(() => dropPartitionsBefore(pool, before));
    if (dropped.length > 0) log.info({ dropped, retentionDays }, 'partitions dropped');
  }
  return [...problems];
}
