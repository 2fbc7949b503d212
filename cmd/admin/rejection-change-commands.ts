import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { discardRejections } from '#internal/operations/discard.ts';
import type { NotOpen } from '#internal/operations/not-open.ts';
import { type Replayed, replayOpen } from '#internal/operations/replay.ts';
import { countRejections } from '#internal/postgres/rejections/browse.ts';
import type { RejectionFilter } from '#internal/postgres/rejections/filter.ts';
import { openPayloads } from '#internal/sqs/payloads.ts';
import { payloadsOf } from '#internal/sqs/variables.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import type pg from 'pg';
import { replayConfig } from '#internal/programs/admin.ts';
import { confirm } from './confirm.ts';
import { withDatabase } from './connections.ts';
import { counted } from '#internal/terminal/counted.ts';
import { type Output, print, visible } from './output.ts';
import { listenForInterrupt, showProgress } from './progress.ts';
import { filterOf, type FilterOptions, withFilters } from './rejection-options.ts';

/** Before many are changed they are counted, for the question and the progress; longer than that is not worth it. */
const COUNT_MS = 10_000;

const HELP = `
Any number is done in pages. Ctrl-C ends it after the page under way; the same
command then goes on where it stopped.`;

type ChangeOptions = FilterOptions & { readonly all: boolean };

/** `rejections replay|discard`. */
export function changeCommands(rejections: CommandLine, output: () => Output): void {
  withFilters(rejections.command('replay [ids...]'))
    .description('decide open rejections again, as if they were received now; doing it twice stores once')
    .option('--all', 'all open rejections', false)
    .addHelpText('after', HELP)
    .check(checkSelection)
    .action((ids: string[], options: ChangeOptions) =>
      withDatabase((pool) => replay(pool, selection(ids, options), output())),
    );
  withFilters(rejections.command('discard [ids...]'))
    .description('mark open rejections as not needed; they stay in the table')
    .option('--all', 'all open rejections', false)
    .option('--yes', 'do not ask', false)
    .addHelpText('after', HELP)
    .check(checkSelection)
    .action((ids: string[], options: ChangeOptions & { readonly yes: boolean }) =>
      withDatabase((pool) => discard(pool, selection(ids, options), options.yes, output())),
    );
}

async function replay(pool: pg.Pool, filter: RejectionFilter, output: Output): Promise<void> {
  const config = loadConfig(replayConfig, process.env);
  using payloads = config.S3_POINTERS ? await openPayloads(payloadsOf(config)) : undefined;
  const expected = await countOpen(pool, filter);
  using interrupt = listenForInterrupt();
  using progress = showProgress('rejections decided again', expected ?? 0);
  const { signal } = interrupt;
  const end = await replayOpen(pool, filter, {
    signal,
    maxExpandedBytes: config.MAX_EXPANDED_BYTES,
    ...(payloads === undefined ? {} : { payloads }),
    progress: (done) => progress.tell(done),
  });
  progress[Symbol.dispose]();
  const { replayed, refused } = end;
  print(output, { replayed, refused, ...remainderOf(end) }, () => replayText(end));
  tellRemainder(end);
}

function replayText({ replayed, refused }: Replayed): string {
  return [
    `${counted(replayed, 'rejection')} replayed: their events are stored`,
    ...Object.entries(refused).map(([reason, count]) => `${count} refused again: ${reason}`),
  ].join('\n');
}

async function discard(pool: pg.Pool, filter: RejectionFilter, yes: boolean, output: Output): Promise<void> {
  const expected = await countOpen(pool, filter);
  const many = expected === undefined ? 'all rejections that match' : counted(expected, 'rejection');
  if (!yes && expected !== 0) await confirm(`Discard ${many}?`, 'nothing was discarded');
  using interrupt = listenForInterrupt();
  using progress = showProgress('rejections discarded', expected ?? 0);
  const { signal } = interrupt;
  const end = await discardRejections(pool, filter, { signal, progress: (done) => progress.tell(done) });
  progress[Symbol.dispose]();
  const { discarded } = end;
  print(output, { discarded, ...remainderOf(end) }, () => `${counted(discarded, 'rejection')} discarded`);
  tellRemainder(end);
}

/** Undefined when there are too many to be counted in a moment. */
async function countOpen(pool: pg.Pool, filter: RejectionFilter): Promise<number | undefined> {
  const counts = await countRejections(pool, { ...filter, state: 'open' }, { withinMs: COUNT_MS });
  return counts?.reduce((sum, { count }) => sum + count, 0);
}

interface End {
  readonly left?: Replayed['left'];
  readonly notOpen: readonly NotOpen[];
  readonly complete: boolean;
}

/** Members of the JSON document that stand there only when something was left out. */
function remainderOf({ left, notOpen, complete }: End) {
  const some = left !== undefined && left.lock + left.elsewhere > 0;
  return {
    ...(some ? { left } : {}),
    ...(notOpen.length > 0 ? { notOpen } : {}),
    ...(complete ? {} : { complete }),
  };
}

/** @throws ProgramError when something was left out */
function tellRemainder({ left = { lock: 0, elsewhere: 0 }, notOpen, complete }: End): void {
  const lines = notOpen.map(({ id, state }) =>
    state === 'missing' ? `there is no rejection ${id}` : `rejection ${id} is not open: it is ${state}`,
  );
  if (left.lock > 0)
    lines.push(
      `${counted(left.lock, 'rejection')} left open: another session holds a lock on a client, an event type or an identity that is needed; end it (see pg_locks), then give the same command again`,
    );
  if (left.elsewhere > 0)
    lines.push(`${counted(left.elsewhere, 'rejection')} left open: the body is in S3, which does not answer`);
  if (!complete) lines.push('interrupted: the same command goes on where this one stopped');
  if (lines.length > 0) throw new ProgramError(lines.join('\n'));
}

/** Without ids and filters, everything would be meant: that has to be said. */
function checkSelection(options: ChangeOptions, [ids = []]: readonly [string[]?]): string[] {
  const wrong = ids.filter((id) => !/^\d{1,18}$/.test(id));
  if (wrong.length > 0) return [`not a rejection's number: ${wrong.map(visible).join(', ')}`];
  if (ids.length > 0 || options.all || Object.keys(filterOf(options)).length > 0) return [];
  return ['name rejections by number, or by --reason, --tenant, --since, --until, or give --all'];
}

function selection(ids: readonly string[], options: ChangeOptions): RejectionFilter {
  const filter = filterOf(options);
  return ids.length === 0 ? filter : { ...filter, ids };
}
