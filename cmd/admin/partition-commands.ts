import { dropPartitionsBefore } from '#internal/postgres/drop-partitions.ts';
import { ensurePartitions, listPartitions } from '#internal/postgres/partitions.ts';
import { PARTITIONED, type Partition } from '#internal/postgres/partition-ranges.ts';
import type { Command } from 'commander';
import { withDatabase } from './connections.ts';
import { counted } from '#internal/terminal/counted.ts';
import { type Output, print, table } from './output.ts';
import { positive } from './positive.ts';

const DAY_MS = 86_400_000;
/** Enough for a month in which nothing makes partitions: the job fails, or the cluster is down. */
const DAYS_AHEAD = 30;
const MOST_DAYS = 366;

/** `partitions list|make|drop`: for a job that runs as the owner of the tables when processors run as another role. */
export function partitionCommands(program: Command, output: () => Output): void {
  const partitions = program
    .command('partitions')
    .description('the daily partitions of the tables message, lane and attempt');
  partitions
    .command('list')
    .description('the existing partitions')
    .action(() =>
      withDatabase(async (pool) => {
        const all: Partition[] = [];
        for (const each of PARTITIONED) all.push(...(await listPartitions(pool, each)));
        print(output(), all, () =>
          table(
            ['partition', 'from', 'until'],
            all.map(({ name, from, until }) => [name, from, until]),
          ),
        );
      }),
    );
  partitions
    .command('make')
    .description('make the missing partitions for today and the days ahead')
    .option('--days <n>', 'this many days, today included', positive(MOST_DAYS), DAYS_AHEAD)
    .action(({ days }: { days: number }) =>
      withDatabase(async (pool) => {
        const made = await ensurePartitions(pool, new Date(), days);
        const last = (await listPartitions(pool)).at(-1);
        print(
          output(),
          { made, until: last?.until },
          () => `${counted(made.length, 'partition')} made; the last day is ${last?.name ?? 'none'}`,
        );
      }),
    );
  partitions
    .command('drop')
    .description('drop whole days of messages for good; their identities stay known')
    .requiredOption('--older-than <days>', 'days that ended this many days ago or earlier', positive(36_500))
    .action(({ olderThan }: { olderThan: number }) =>
      withDatabase(async (pool) => {
        const dropped = await dropPartitionsBefore(pool, new Date(Date.now() - olderThan * DAY_MS));
        print(output(), { dropped }, () => `${counted(dropped.length, 'partition')} dropped`);
      }),
    );
}
