import { dropPartitionsBefore, ensurePartitions, listPartitions } from '#internal/postgres/partitions.ts';
import type { Command } from 'commander';
import { withDatabase } from './connections.ts';
import { counted } from '#internal/terminal/counted.ts';
import { type Output, print, table } from './output.ts';
import { positive } from './positive.ts';

const DAY_MS = 86_400_000;
/** Enough for a month without anybody: a job that makes them failed, or a cluster was down. */
const DAYS_AHEAD = 30;
const MOST_DAYS = 366;

/** `partitions list|make|drop`: for a job that runs as the owner of the tables, where processors may not. */
export function partitionCommands(program: Command, output: () => Output): void {
  const partitions = program.command('partitions').description('the days of the table message');
  partitions
    .command('list')
    .description('the partitions that are there')
    .action(() =>
      withDatabase(async (pool) =>
        print(output(), await listPartitions(pool), (all) =>
          table(
            ['partition', 'from', 'until'],
            all.map(({ name, from, until }) => [name, from, until]),
          ),
        ),
      ),
    );
  partitions
    .command('make')
    .description('make the partitions of today and the days to come, where they are missing')
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
    .description('drop whole days of messages; what is dropped is gone, its identities stay known')
    .requiredOption('--older-than <days>', 'days that ended this many days ago or earlier', positive(36_500))
    .action(({ olderThan }: { olderThan: number }) =>
      withDatabase(async (pool) => {
        const dropped = await dropPartitionsBefore(pool, new Date(Date.now() - olderThan * DAY_MS));
        print(output(), { dropped }, () => `${counted(dropped.length, 'partition')} dropped`);
      }),
    );
}
