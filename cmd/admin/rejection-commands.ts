import { createInterface } from 'node:readline/promises';
import process from 'node:process';
import { loadConfig, payloadsOf } from '#internal/daemon/config.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { REJECTION_REASONS } from '#internal/event/rejection.ts';
import {
  countRejections,
  discardRejections,
  listRejections,
  type RejectionCount,
  type RejectionFilter,
  showRejection,
} from '#internal/postgres/rejections.ts';
import { openPayloads } from '#internal/sqs/payloads.ts';
import { type Command, Option } from 'commander';
import { bodyConfig, replayConfig } from './config.ts';
import { withDatabase } from './connections.ts';
import { counted, type Output, print, table, visible } from './output.ts';
import { describeRejection, withExpandedBody } from './rejection-text.ts';
import { positive } from './positive.ts';
import { replayAll } from './replay.ts';
import { parseMoment } from './time.ts';

interface FilterOptions {
  readonly reason?: string[];
  readonly tenant?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** `rejections list|count|show|replay|discard`. */
export function rejectionCommands(program: Command, output: () => Output): void {
  const rejections = program
    .command('rejections')
    .description('events that were not accepted, with the reason');
  listCommands(rejections, output);
  changeCommands(rejections, output);
}

function withFilters(command: Command): Command {
  return command
    .addOption(new Option('--reason <reasons...>', 'of these reasons only').choices(REJECTION_REASONS))
    .option('--tenant <id>', 'of this tenant only')
    .option('--since <time>', 'last received at or after: an RFC 3339 time, or 15m, 24h, 7d ago', (text) =>
      parseMoment(text),
    )
    .option('--until <time>', 'last received before', (text) => parseMoment(text));
}

function filterOf({ reason, tenant, since, until }: FilterOptions): RejectionFilter {
  return {
    ...(reason === undefined ? {} : { reasons: reason }),
    ...(tenant === undefined ? {} : { tenantId: tenant }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

function withState(command: Command): Command {
  return command.addOption(
    new Option('--state <state>', 'state').choices(['open', 'replayed', 'discarded', 'all']).default('open'),
  );
}

type StateOption = { readonly state: 'open' | 'replayed' | 'discarded' | 'all' };

function listCommands(rejections: Command, output: () => Output): void {
  withState(withFilters(rejections.command('list')))
    .description('the newest rejections, and how many there are by reason')
    .option('--limit <n>', 'at most so many', positive(999_999), 50)
    .action(async (options: FilterOptions & StateOption & { limit: number }) => {
      const filter = { ...filterOf(options), ...(options.state === 'all' ? {} : { state: options.state }) };
      await withDatabase(async (pool) => {
        const data = {
          rejections: await listRejections(pool, filter, options.limit),
          counts: await countRejections(pool, filter),
        };
        print(output(), data, ({ rejections: rows, counts }) =>
          rows.length === 0 ? 'no rejections' : `${listTable(rows)}\n${countTable(counts)}`,
        );
      });
    });
  withState(withFilters(rejections.command('count')))
    .description('how many rejections there are, by reason')
    .action(async (options: FilterOptions & StateOption) => {
      const filter = { ...filterOf(options), ...(options.state === 'all' ? {} : { state: options.state }) };
      await withDatabase(async (pool) => print(output(), await countRejections(pool, filter), countTable));
    });
  rejections
    .command('show <id>')
    .description(
      'all that is known of a rejection, its body included: as it was sent, and expanded if compressed',
    )
    .action(async (id: string) => {
      const { MAX_EXPANDED_BYTES } = loadConfig(bodyConfig, process.env);
      await withDatabase(async (pool) => {
        const rejection = /^\d{1,18}$/.test(id) ? await showRejection(pool, id) : undefined;
        if (rejection === undefined)
          throw new ProgramError(`there is no rejection ${visible(id)}: see "rejections list"`);
        print(output(), withExpandedBody(rejection, MAX_EXPANDED_BYTES), describeRejection);
      });
    });
}

function changeCommands(rejections: Command, output: () => Output): void {
  withFilters(rejections.command('replay [ids...]'))
    .description('decide open rejections again, as if they were received now; doing it twice stores once')
    .option('--all', 'all open rejections', false)
    .action(async (ids: string[], options: FilterOptions & { all: boolean }) => {
      const filter = selection(ids, options);
      const config = loadConfig(replayConfig, process.env);
      using payloads = config.S3_POINTERS ? await openPayloads(payloadsOf(config)) : undefined;
      const parts = { maxExpandedBytes: config.MAX_EXPANDED_BYTES, payloads };
      await withDatabase(async (pool) => {
        print(output(), await replayAll(pool, filter, parts), ({ replayed, refused, skipped = 0 }) =>
          [
            `${counted(replayed, 'rejection')} replayed: their events are stored`,
            ...Object.entries(refused).map(([reason, count]) => `${count} refused again: ${reason}`),
            ...(skipped > 0
              ? [`${skipped} left as they are: their body is in S3, which does not answer`]
              : []),
          ].join('\n'),
        );
      });
    });
  withFilters(rejections.command('discard [ids...]'))
    .description('mark open rejections as not needed; they stay in the table')
    .option('--all', 'all open rejections', false)
    .option('--yes', 'do not ask', false)
    .action(async (ids: string[], options: FilterOptions & { all: boolean; yes: boolean }) => {
      const filter = selection(ids, options);
      await withDatabase(async (pool) => {
        const counts = await countRejections(pool, { ...filter, state: 'open' });
        const count = counts.reduce((sum, each) => sum + each.count, 0);
        if (!options.yes && count > 0) await confirm(`Discard ${counted(count, 'rejection')}?`);
        print(
          output(),
          { discarded: await discardRejections(pool, filter) },
          ({ discarded }) => `${counted(discarded, 'rejection')} discarded`,
        );
      });
    });
}

/** Without ids and filters, everything would be meant: that has to be said. */
function selection(ids: readonly string[], options: FilterOptions & { all: boolean }): RejectionFilter {
  const filter = filterOf(options);
  const wrong = ids.filter((id) => !/^\d{1,18}$/.test(id));
  if (wrong.length > 0)
    throw new ProgramError(`not a rejection's number: ${wrong.map(visible).join(', ')}`, { exitCode: 2 });
  if (ids.length === 0 && Object.keys(filter).length === 0 && !options.all) {
    throw new ProgramError(
      'name rejections by number, or by --reason, --tenant, --since, --until, or give --all',
      { exitCode: 2 },
    );
  }
  return ids.length === 0 ? filter : { ...filter, ids };
}

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new ProgramError(`${question} There is no terminal to ask on: give --yes`, { exitCode: 2 });
  using readline = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await readline.question(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new ProgramError('nothing was discarded');
}

function listTable(rows: Awaited<ReturnType<typeof listRejections>>): string {
  return table(
    ['id', 'received', 'reason', 'tenant', 'detail'],
    rows.map((row) => [row.id, row.receivedAt, row.reason, row.tenantId, row.detail.slice(0, 200)]),
    [8, 21, 20, 12, 42],
  );
}

function countTable(counts: readonly RejectionCount[]): string {
  return table(
    ['state', 'reason', 'rejections'],
    counts.map(({ state, reason, count }) => [state, reason, count]),
  );
}
