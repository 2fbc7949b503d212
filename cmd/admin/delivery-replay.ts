import { ProgramError } from '#internal/daemon/program.ts';
import { endpointNumber } from '#internal/postgres/endpoints/reference.ts';
import { attemptsKnownSince, beginReplay, replayMessage } from '#internal/postgres/replays/begin.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { InvalidArgumentError, Option } from 'commander';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { checkMessage } from './delivery-options.ts';
import { DEFAULT_TENANT, noEndpoint } from './endpoint-options.ts';
import { type Output, print, visible } from './output.ts';
import { listenForInterrupt } from './progress.ts';
import { type Ran, runWithProgress, tellInterrupted } from './replay-run.ts';
import { parseMoment } from './time.ts';

const HELP = `
A replay is delivered beside the automatic deliveries. It takes those that are
  failed    attempted and never delivered, and not retried any more
  missing   never delivered, and neither waiting nor retried
  all       delivered or not
Messages are chosen in pages. Ctrl-C ends the command after the current page;
--resume goes on where it was. "endpoint show" lists the replays.`;

interface ReplayOptions {
  readonly endpoint?: string;
  readonly tenant: string;
  readonly message?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly only?: 'failed' | 'missing' | 'all';
  readonly resume?: string;
}

/** `deliveries replay`. */
export function deliveryReplay(deliveries: CommandLine, output: () => Output): void {
  deliveries
    .command('replay')
    .description('deliver messages to an endpoint again')
    .option('--endpoint <id>', 'to this endpoint')
    .option('--tenant <id>', 'of this tenant', DEFAULT_TENANT)
    .option('--message <id>', 'this message')
    .option('--since <time>', 'those stored at or after: an RFC 3339 time, or 15m, 24h, 7d ago', (text) =>
      parseMoment(text),
    )
    .option('--until <time>', 'and stored before', (text) => parseMoment(text))
    .addOption(new Option('--only <which>', 'which of them').choices(['failed', 'missing', 'all']))
    .option('--resume <replay>', 'go on with a replay that was interrupted', replayId)
    .addHelpText('after', HELP)
    .check(checkMessage)
    .check(checkSelection)
    .check(checkTimes)
    .action((options: ReplayOptions) => withDatabase((pool) => replay(pool, options, output())));
}

function replayId(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('Expected the number of a replay.');
  return text;
}

function checkSelection({ endpoint, message, since, until, only, resume }: ReplayOptions): string[] {
  const selection = [message, since, until, only].filter((value) => value !== undefined);
  if (resume !== undefined)
    return selection.length > 0 || endpoint !== undefined
      ? ['--resume goes without other options: the replay knows its endpoint and its messages']
      : [];
  const wrong = endpoint === undefined ? ['name the endpoint with --endpoint'] : [];
  if (message !== undefined)
    return selection.length > 1
      ? [...wrong, '--message names one message: leave out --since, --until and --only']
      : wrong;
  return since === undefined || only === undefined
    ? [...wrong, 'name one message with --message, or several with --since and --only failed, missing or all']
    : wrong;
}

/** A replay of no message would look like one that is done. */
function checkTimes({ since, until }: ReplayOptions): string[] {
  if (since === undefined) return [];
  if (since.getTime() > Date.now()) return ['--since is in the future: expected a time in the past'];
  return until !== undefined && since >= until ? ['--since must be before --until'] : [];
}

async function replay(pool: pg.Pool, options: ReplayOptions, output: Output): Promise<void> {
  const { message, resume } = options;
  if (message !== undefined) return replayOne(pool, options, message, output);
  using interrupt = listenForInterrupt();
  const id = resume ?? (await begin(pool, options));
  const ran = await runWithProgress(pool, id, interrupt.signal);
  print(output, ran, textOf);
  tellInterrupted(ran);
}

function textOf({ replay: id, messages }: Ran): string {
  return `replay ${id}: ${messages === 1 ? '1 message' : `${messages} messages`}, due now`;
}

async function replayOne(
  pool: pg.Pool,
  options: ReplayOptions,
  message: string,
  output: Output,
): Promise<void> {
  const id = await replayMessage(pool, await numberOf(pool, options), message);
  if (id === undefined)
    throw new ProgramError(
      `the client of endpoint ${visible(options.endpoint ?? '')} has no message ${message}: see "messages list"`,
    );
  print(output, { replay: id, messages: 1, complete: true }, textOf);
}

async function begin(pool: pg.Pool, options: ReplayOptions): Promise<string> {
  const { since = new Date(0), until, only = 'all' } = options;
  const endpoint = await numberOf(pool, options);
  if (only !== 'all') {
    const known = await attemptsKnownSince(pool, endpoint);
    if (known !== undefined && since < known)
      throw new ProgramError(
        `attempts are known since ${known.toISOString()} only, so it cannot be told what was delivered before: give a later --since, or --only all`,
      );
  }
  return beginReplay(pool, endpoint, { kind: only, since, ...(until === undefined ? {} : { until }) });
}

async function numberOf(
  pool: pg.Pool,
  { tenant: tenantId, endpoint: id = '' }: ReplayOptions,
): Promise<number> {
  const number = await endpointNumber(pool, { tenantId, id });
  if (number === undefined) throw noEndpoint({ tenantId, id });
  return number;
}
