import { ProgramError } from '#internal/daemon/program.ts';
import { discardDeadDeliveries, replayDeadDeliveries } from '#internal/operations/deliveries/dead.ts';
import { countDead, type DeadFilter, type DeadRow, listDead } from '#internal/postgres/outcomes/dead.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { Option } from 'commander';
import type pg from 'pg';
import { confirm } from './confirm.ts';
import { withDatabase } from './connections.ts';
import {
  checkMessage,
  deliveryFilterOf,
  demandNames,
  type DeliveryOptions,
  partsOfRowKey,
  rowKey,
  withDeliveryFilter,
} from './delivery-options.ts';
import { type PagingOptions, printListing, withPaging } from './listing.ts';
import { type Output, print, visible } from './output.ts';
import { listenForInterrupt, showProgress } from './progress.ts';

const STATEMENT_MS = 600_000;

const HELP = `
Deliveries are changed in pages. Ctrl-C ends the command after the current page;
run it again to continue.`;

interface DeadOptions extends DeliveryOptions {
  readonly reason?: string[];
}

/** `dead list|replay|discard`. */
export function deadCommands(program: CommandLine, output: () => Output): void {
  const dead = program.command('dead').description('deliveries that were given up, by endpoint and message');
  withPaging(withFilter(dead.command('list')))
    .description('the dead deliveries, with why they were given up')
    .check(({ after }: PagingOptions) =>
      after === undefined || partsOfRowKey(after) !== undefined
        ? []
        : [`not a key of this list: ${visible(after)}`],
    )
    .action((options: DeadOptions & PagingOptions) =>
      withPool(options, (pool) => list(pool, options, output())),
    );
  withFilter(dead.command('replay'))
    .description('deliver them again, as a replay of its own for each endpoint')
    .option('--all', 'all dead deliveries', false)
    .addHelpText('after', HELP)
    .check(checkSelection)
    .action((options: DeadOptions) => withPool(options, (pool) => replay(pool, filterOf(options), output())));
  withFilter(dead.command('discard'))
    .description('delete them')
    .option('--all', 'all dead deliveries', false)
    .option('--yes', 'do not ask', false)
    .addHelpText('after', HELP)
    .check(checkSelection)
    .action((options: DeadOptions & { yes: boolean }) =>
      withPool(options, (pool) => discard(pool, filterOf(options), options.yes, output())),
    );
}

function withPool(options: DeadOptions, work: (pool: pg.Pool) => Promise<void>): Promise<void> {
  return withDatabase(
    async (pool) => {
      await demandNames(pool, deliveryFilterOf(options));
      await work(pool);
    },
    { statementTimeoutMs: STATEMENT_MS },
  );
}

function withFilter(command: CommandLine): CommandLine {
  return withDeliveryFilter(command, 'given up')
    .addOption(
      new Option('--reason <reasons...>', 'for these reasons only').choices([
        'attempts',
        'deadline',
        'refused',
        'lost',
      ]),
    )
    .check(checkMessage);
}

function filterOf(options: DeadOptions): DeadFilter {
  const { reason } = options;
  return { ...deliveryFilterOf(options), ...(reason === undefined ? {} : { reasons: reason }) };
}

/** A command without filters would change everything, so it needs --all. */
function checkSelection(options: DeadOptions & { all: boolean }): string[] {
  if (options.all || Object.keys(filterOf(options)).length > 0) return [];
  return ['choose with --endpoint, --client, --tenant, --message, --reason, --since, --until, or give --all'];
}

function list(pool: pg.Pool, options: DeadOptions & PagingOptions, output: Output): Promise<void> {
  const filter = filterOf(options);
  return printListing<DeadRow>(output, options, {
    columns: [
      { title: 'message', value: ({ messageId }) => messageId },
      { title: 'tenant', value: ({ tenantId }) => tenantId, wraps: true, leftOut: 2 },
      { title: 'endpoint', value: ({ endpointId }) => endpointId, wraps: true },
      { title: 'died', value: ({ diedAt }) => diedAt, leastAtLast: 10 },
      {
        title: 'attempts',
        value: ({ attempts, unit }) => (unit === 0 ? attempts : `${attempts} of replay ${unit}`),
        leftOut: 3,
      },
      { title: 'reason', value: ({ reason }) => reason, leftOut: 4 },
      { title: 'status', value: ({ lastStatus }) => lastStatus ?? '', leftOut: 1 },
      { title: 'error', value: ({ lastError }) => lastError ?? '', cuts: true },
    ],
    keyOf: ({ endpointNumber, unit, messageId }) => rowKey(endpointNumber, unit, messageId),
    inJson: (row) => ({ ...row, endpointNumber: undefined }),
    none: 'no dead deliveries',
    read: (key, limit) => {
      const after = partsOfRowKey(key ?? '');
      if (after === undefined) return listDead(pool, filter, { limit });
      const [endpointNumber, unit, messageId] = after;
      return listDead(pool, filter, { limit, after: { endpointNumber, unit: Number(unit), messageId } });
    },
  });
}

async function totalOf(pool: pg.Pool, filter: DeadFilter): Promise<number> {
  return (await countDead(pool, filter)).reduce((sum, { count }) => sum + count, 0);
}

async function replay(pool: pg.Pool, filter: DeadFilter, output: Output): Promise<void> {
  using interrupt = listenForInterrupt();
  using progress = showProgress('dead deliveries replayed', await totalOf(pool, filter));
  const { done, complete, left } = await replayDeadDeliveries(pool, filter, {
    signal: interrupt.signal,
    progress: (n) => progress.tell(n),
  });
  progress[Symbol.dispose]();
  print(output, { replayed: done, left, complete }, () =>
    [
      `${deliveries(done)} due again now`,
      ...(left === 0 ? [] : [`${left} left: their messages are gone ("dead discard" deletes them)`]),
    ].join('\n'),
  );
  demandComplete(complete);
}

async function discard(pool: pg.Pool, filter: DeadFilter, yes: boolean, output: Output): Promise<void> {
  const total = await totalOf(pool, filter);
  if (!yes && total > 0) await confirm(`Delete ${deliveries(total)}?`, 'nothing was deleted');
  using interrupt = listenForInterrupt();
  using progress = showProgress('dead deliveries deleted', total);
  const { done, complete } = await discardDeadDeliveries(pool, filter, {
    signal: interrupt.signal,
    progress: (n) => progress.tell(n),
  });
  progress[Symbol.dispose]();
  print(output, { discarded: done, complete }, () => `${deliveries(done)} deleted`);
  demandComplete(complete);
}

function demandComplete(complete: boolean): void {
  if (!complete) throw new ProgramError('interrupted: run the same command again to continue');
}

function deliveries(count: number): string {
  return count === 1 ? '1 dead delivery' : `${count} dead deliveries`;
}
