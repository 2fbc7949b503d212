import type pg from 'pg';
import { dropPartition, dropUnneeded, LANE_DAYS } from '../postgres/drop-partitions.ts';
import {
  listPartitions,
  makePartition,
  mayMakePartitions,
  missingDays,
  partitionedUntil,
  partitionsBefore,
} from '../postgres/partitions.ts';
import { PARTITIONED } from '../postgres/partition-ranges.ts';
import { earlierNow } from '../postgres/conditions.ts';
import type { Log } from '../processor/ports.ts';
import { sleep } from '../waiting/sleep.ts';
import { LOCKS, runOnce } from './once.ts';

const DAYS_AHEAD = 7;
const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** Pause after a failure: a dump or a report may hold a lock for minutes, and a right may be granted at any time. */
const RETRY_MS = 60_000;
/** Pause while another process makes or drops a partition: it is finished by then. */
const BUSY_MS = 5_000;

interface PartitionParts {
  readonly pool: pg.Pool;
  readonly log: Log;
  /** Undefined keeps messages for ever. */
  readonly retentionDays: number | undefined;
  readonly attemptRetentionDays: number;
  /** Turns an error into a sentence for the operator. */
  readonly explain: (error: unknown) => string;
  /** Called at every look with the end of the last partition; of the table whose partitions end first. */
  readonly seen: (until: Date) => void;
}

/** The result of a look. `busy`: another process of this database was making or dropping a partition. */
interface Look {
  readonly problems: readonly string[];
  readonly busy: boolean;
}

/**
 * Until the signal, makes sure that the tables have partitions for the next days, and `message` none past the retention, at
 * once and then every hour. Every process of a database looks; the one that holds the lock makes or drops a partition, and none
 * waits for it. Failures are logged and retried; meanwhile, events of days that have a partition are stored. A user who
 * may not make partitions leaves that to the owner of the table, and only warns when too few are left.
 */
export async function keepPartitions(parts: PartitionParts, closing: AbortSignal): Promise<void> {
  let failed = false;
  while (!closing.aborted) {
    const { problems, busy } = await lookAtPartitions(parts, closing);
    if (problems.length > 0 && !failed) {
      parts.log.warn({ problems }, 'partitions could not be prepared; trying again every minute');
    } else if (problems.length === 0 && failed && !busy) {
      parts.log.info({}, 'partitions are prepared again');
    }
    failed = problems.length > 0 || (failed && busy);
    await sleep(failed ? RETRY_MS : busy ? BUSY_MS : EVERY_MS, closing);
  }
}

async function lookAtPartitions(parts: PartitionParts, closing: AbortSignal): Promise<Look> {
  const { pool, explain, seen } = parts;
  try {
    const may = await mayMakePartitions(pool);
    const look = may ? await preparePartitions(parts, closing) : { problems: [], busy: false };
    const ends: Date[] = [];
    for (const table of PARTITIONED)
      ends.push(partitionedUntil(await listPartitions(pool, table), new Date()));
    const until = ends.toSorted((a, b) => a.getTime() - b.getTime())[0] as Date;
    seen(until);
    if (may || until.getTime() >= Date.now() + DAYS_AHEAD * DAY_MS) return look;
    const problem = `this PostgreSQL user lacks a right: it may not make partitions, and those of today and the days ahead end at ${until.toISOString().slice(0, 16)}Z; run "npm run admin -- partitions make" as the owner of the tables`;
    return { problems: [problem], busy: false };
  } catch (error) {
    return { problems: [explain(error)], busy: false };
  }
}

/** Makes and drops partitions one by one; returns the sentences for those that failed, without repetition. */
async function preparePartitions(
  { pool, retentionDays, attemptRetentionDays, log, explain }: PartitionParts,
  closing: AbortSignal,
): Promise<Look> {
  const problems = new Set<string>();
  let busy = false;
  const eachInTurn = async <T>(
    all: readonly T[],
    work: (client: pg.PoolClient, one: T) => Promise<string | null>,
  ): Promise<string[]> => {
    const done: string[] = [];
    for (const one of all) {
      if (busy || closing.aborted) break;
      try {
        const name = await runOnce(pool, LOCKS.partitions, (client) => work(client, one));
        if (name === undefined) busy = true;
        else if (name !== null) done.push(name);
      } catch (error) {
        problems.add(explain(error));
      }
    }
    return done;
  };
  const made = await eachInTurn(await missingDays(pool, new Date(), DAYS_AHEAD + 1), makePartition);
  if (made.length > 0) log.info({ made }, 'partitions made');
  const now = (await earlierNow(pool)).getTime();
  const daysAgo = (days: number) => new Date(now - days * DAY_MS);
  if (retentionDays !== undefined) {
    const dropped = await eachInTurn(await partitionsBefore(pool, daysAgo(retentionDays)), dropPartition);
    if (dropped.length > 0) log.info({ dropped, retentionDays }, 'partitions dropped');
  }
  const unneeded = [
    ...(await partitionsBefore(pool, daysAgo(LANE_DAYS), 'lane')),
    ...(await partitionsBefore(pool, daysAgo(attemptRetentionDays), 'attempt')),
  ];
  const dropped = await eachInTurn(unneeded, dropUnneeded);
  if (dropped.length > 0)
    log.info({ dropped, attemptRetentionDays }, 'partitions of lanes and attempts dropped');
  return { problems: [...problems], busy };
}
