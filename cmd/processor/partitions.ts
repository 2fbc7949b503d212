import { ProgramError } from '#internal/daemon/program.ts';
import { explainDatabaseError } from '#internal/postgres/explain.ts';
import { dropPartitionsBefore, ensurePartitions, listPartitions } from '#internal/postgres/partitions.ts';
import { sleep } from '#internal/processor/waiting.ts';
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
 * cannot be done now is said and tried again: events of the days that have a partition are stored meanwhile.
 */
export async function keepPartitions(
  pool: pg.Pool,
  settings: PartitionSettings,
  log: Logger,
  closing: AbortSignal,
): Promise<void> {
  let failed = false;
  while (!closing.aborted) {
    const problems = await preparePartitions(pool, settings, log);
    if (problems.length > 0 && !failed) {
      log.warn({ problems }, 'partitions could not be prepared; trying again every minute');
    } else if (problems.length === 0 && failed) {
      log.info({}, 'partitions are prepared again');
    }
    failed = problems.length > 0;
    await sleep(failed ? RETRY_MS : EVERY_MS, closing);
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
