import { Command, InvalidArgumentError, Option } from 'commander';

export interface Options {
  /** Events in all; without it, until a signal. */
  readonly count?: number;
  /** Events per second; without it and with a count, as fast as possible. */
  readonly rate?: number;
  readonly tenants: readonly string[];
  readonly bad: number;
  readonly duplicates: number;
  /** Events per SQS message. */
  readonly batch: number;
  readonly format: 'cloudevents' | 'plain';
  readonly seed: number;
  readonly ledger?: string;
  /** Sends under way at once. */
  readonly concurrency: number;
}

/** One event of each of the three producers every 100 ms. */
export const DEMO_RATE = 30;

/** Reads the command line; `--help` and mistakes end the process here, mistakes with exit code 2. */
export function parseOptions(argv: readonly string[]): Options {
  const command = new Command('producers')
    .description(
      'Fake producers: monitor-app (client-1), transaction-app (client-2) and user-app (client-3) put events on the\nqueue. With no options, one of each every 100 ms and now and then a bad message, until Ctrl-C.',
    )
    .option('--count <n>', 'events to send in all', whole(1, 1e9))
    .option(
      '--rate <n>',
      `events per second (with --count, as fast as possible; else ${DEMO_RATE})`,
      positive,
    )
    .option('--tenants <names>', 'tenants to send for, separated by commas', names, ['default'])
    .option('--bad <share>', 'share of bad events, 0 to 1', share, 0.02)
    .option('--duplicates <share>', 'share of repeated events, 0 to 1', share, 0)
    .option('--batch <n>', 'events per SQS message; more than one go as a JSON array', whole(1, 1000), 1)
    .addOption(new Option('--format <format>', 'envelope').choices(['cloudevents', 'plain']).default('plain'))
    .option('--seed <n>', 'same seed, same events (default: random)', whole(0, 4_294_967_295), randomSeed())
    .option('--ledger <file>', 'write one JSON line per event: id, tenant, kind, outcome of its send')
    .option('--concurrency <n>', 'sends under way at once', whole(1, 64), 8)
    .addHelpText(
      'after',
      `
The queue comes from environment variables and from .env in the working directory: AWS_*, QUEUE_NAME or QUEUE_URL,
QUEUE_CREATE. The MessageGroupId of every message is its tenant, as SQS fair queues want it.

Exit codes: 0 all sent or ended by a signal, 1 a send failed for good, 2 wrong configuration or command line.`,
    )
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  return command.parse([...argv]).opts<Options>();
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

function whole(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > 1e6) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('Expected a share from 0 to 1.');
  return value;
}

function names(text: string): string[] {
  const all = text.split(',').map((name) => name.trim());
  if (all.some((name) => name === '')) throw new InvalidArgumentError('Expected names separated by commas.');
  return all;
}
