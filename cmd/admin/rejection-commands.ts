import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import {
  countRejections,
  listRejections,
  type RejectionCount,
  type RejectionSummary,
  showRejection,
} from '#internal/postgres/rejections/browse.ts';
import type { RejectionFilter } from '#internal/postgres/rejections/filter.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import type pg from 'pg';
import { bodyConfig } from '#internal/programs/admin.ts';
import { withDatabase } from './connections.ts';
import {
  type Listing,
  type PagingOptions,
  printListing,
  withPaging,
  write,
  writeJsonArray,
} from './listing.ts';
import { type Output, print, printWhole, table, visible } from './output.ts';
import { changeCommands } from './rejection-change-commands.ts';
import {
  type FilterOptions,
  stateFilterOf,
  type StateOption,
  withFilters,
  withState,
} from './rejection-options.ts';
import { describeRejection, withExpandedBody } from './rejection-text.ts';

/** A list waits no longer for the counts below it. */
const COUNT_BESIDE_LIST_MS = 5_000;
const COUNT_ALONE_MS = 3_600_000;

/** Characters of the detail that a list shows; `show` prints all of it. */
const DETAIL = 200;

/** `rejections list|count|show|replay|discard`. */
export function rejectionCommands(program: CommandLine, output: () => Output): void {
  const rejections = program
    .command('rejections')
    .description('events that were not accepted, with the reason');
  listCommand(rejections, output);
  countCommand(rejections, output);
  showCommand(rejections, output);
  changeCommands(rejections, output);
}

function listCommand(rejections: CommandLine, output: () => Output): void {
  withPaging(withState(withFilters(rejections.command('list'))))
    .description('the newest rejections, and how many there are by reason')
    .check(({ after }: PagingOptions) =>
      after === undefined || /^\d{1,18}$/.test(after) ? [] : [`not a rejection's number: ${visible(after)}`],
    )
    .action((options: FilterOptions & StateOption & PagingOptions) =>
      withDatabase((pool) => list(pool, stateFilterOf(options), options, output())),
    );
}

const COLUMNS: Listing<RejectionSummary>['columns'] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'received', value: ({ receivedAt }) => receivedAt },
  { title: 'reason', value: ({ reason }) => reason },
  { title: 'tenant', value: ({ tenantId }) => tenantId, wraps: true },
  { title: 'detail', value: ({ detail }) => detail.slice(0, DETAIL), wraps: true },
];

async function list(
  pool: pg.Pool,
  filter: RejectionFilter,
  options: PagingOptions,
  output: Output,
): Promise<void> {
  let listed = 0;
  const listing: Listing<RejectionSummary> = {
    columns: COLUMNS,
    keyOf: ({ id }) => id,
    none: 'no rejections',
    async read(beforeId, limit) {
      const rows = await listRejections(pool, filter, {
        limit,
        ...(beforeId === undefined ? {} : { beforeId }),
      });
      listed += rows.length;
      return rows;
    },
  };
  const count = () => countRejections(pool, filter, { withinMs: COUNT_BESIDE_LIST_MS });
  if (output.json) {
    await write('{\n"rejections": ');
    await writeJsonArray(listing, options);
    await write(`,\n"counts": ${JSON.stringify((await count()) ?? null)}\n}\n`);
    return;
  }
  await printListing(output, options, listing);
  if (listed === 0) return;
  const counts = await count();
  await write(
    counts === undefined
      ? 'too many to count here: "rejections count" waits as long as it takes\n'
      : `${countTable(counts)}\n`,
  );
}

function countCommand(rejections: CommandLine, output: () => Output): void {
  withState(withFilters(rejections.command('count')))
    .description('how many rejections there are, by reason')
    .action(async (options: FilterOptions & StateOption) => {
      await withDatabase(
        async (pool) => {
          const counts = await countRejections(pool, stateFilterOf(options), { withinMs: COUNT_ALONE_MS });
          print(output(), counts ?? [], countTable);
        },
        { statementTimeoutMs: COUNT_ALONE_MS },
      );
    });
}

function showCommand(rejections: CommandLine, output: () => Output): void {
  rejections
    .command('show <id>')
    .description('all that is known of a rejection, with its body as sent and, if compressed, expanded')
    .action(async (id: string) => {
      const { MAX_EXPANDED_BYTES } = loadConfig(bodyConfig, process.env);
      await withDatabase(async (pool) => {
        const rejection = /^\d{1,18}$/.test(id) ? await showRejection(pool, id) : undefined;
        if (rejection === undefined)
          throw new ProgramError(`there is no rejection ${visible(id)}: see "rejections list"`);
        printWhole(output(), withExpandedBody(rejection, MAX_EXPANDED_BYTES), describeRejection);
      });
    });
}

function countTable(counts: readonly RejectionCount[]): string {
  return table(
    ['state', 'reason', 'rejections'],
    counts.map(({ state, reason, count }) => [state, reason, count]),
  );
}
