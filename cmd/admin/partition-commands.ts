import { dropPartitionsBefore, dropUnneededBefore, LANE_DAYS } from '#internal/postgres/drop-partitions.ts';
import { ensurePartitions, listPartitions } from '#internal/postgres/partitions.ts';
import { PARTITIONED, type Partition } from '#internal/postgres/partition-ranges.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { withDatabase } from './connections.ts';
import { counted } from '#internal/terminal/counted.ts';
import { type Output, print, table } from './output.ts';
import { positive } from './positive.ts';

const DAY_MS = 86_400_000;
/** Enough for a month in which nothing makes partitions: the job fails, or the cluster is down. */
const DAYS_AHEAD = 30;
const MOST_DAYS = 366;

const MOST_DAYS_AGO = 36_500;

const DROP_HELP = `
The identities of dropped messages stay known. What an endpoint has not got of
them is lost, which "endpoint list" shows. Attempts stay while an endpoint needs
them; lanes of earlier days that none needs go as well.`;

interface DropOptions {
  readonly olderThan?: number;
  readonly attemptsOlderThan?: number;
}

/** `partitions list|make|drop`: for a job that runs as the owner of the tables when processors run as another role. */
export function partitionCommands(program: CommandLine, output: () => Output): void {
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
    .description('drop whole days of messages or attempts for good')
    .option(
      '--older-than <days>',
      'messages of days that ended this many days ago or earlier',
      positive(MOST_DAYS_AGO),
    )
    .option('--attempts-older-than <days>', "the same of the sender's attempts", positive(MOST_DAYS_AGO))
    .addHelpText('after', DROP_HELP)
    .check(({ olderThan, attemptsOlderThan }: DropOptions) =>
      olderThan === undefined && attemptsOlderThan === undefined
        ? ['give --older-than, --attempts-older-than, or both']
        : [],
    )
    .action(({ olderThan, attemptsOlderThan }: DropOptions) =>
      withDatabase(async (pool) => {
        const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
        const dropped = [
          ...(olderThan === undefined ? [] : await dropPartitionsBefore(pool, daysAgo(olderThan))),
          ...(attemptsOlderThan === undefined
            ? []
            : await dropUnneededBefore(pool, daysAgo(attemptsOlderThan), 'attempt')),
          ...(await dropUnneededBefore(pool, daysAgo(LANE_DAYS), 'lane')),
        ];
        print(output(), { dropped }, () => `${counted(dropped.length, 'partition')} dropped`);
      }),
    );
}
