import { CommandLine } from '#internal/config/command-line.ts';
import { wholeNumberFrom } from '#internal/config/whole-number.ts';
import { InvalidArgumentError, Option } from 'commander';
import { type Scenario, SCENARIOS } from './deliver/goals.ts';
import { QUEUE_KINDS, type QueueKind } from './queues.ts';

const ROUNDS = 3;

export interface CompareOptions {
  readonly rounds: number;
  /** Share of the events of a full run. */
  readonly scale: number;
  readonly out: string;
}

export interface GrowthOptions {
  /** Messages stored beforehand, in millions. */
  readonly millions: readonly number[];
  readonly rounds: number;
  readonly out: string;
}

export interface SoakOptions {
  readonly minutes: number;
  /** Events per second; without it, as fast as possible. */
  readonly rate?: number;
  readonly eventsPerMessage: number;
  readonly out: string;
}

export interface ProfileOptions {
  readonly events: number;
  readonly eventsPerMessage: number;
  readonly queue: QueueKind;
  readonly out: string;
}

export interface HealOptions {
  /** Open rejections of one client; one run per number. */
  readonly rejections: readonly number[];
  /** Additional open rejections, each of a different unknown client. */
  readonly strangers: number;
  /** Live events per second during the run. */
  readonly live: number;
  readonly out: string;
}

export interface DeliverOptions {
  readonly only: readonly Scenario[];
  /** Messages of each measurement; without it, as many as their sizes say. */
  readonly messages?: number;
  readonly rounds: number;
  readonly full: boolean;
  /** Writes CPU profiles of the sender. */
  readonly profile: boolean;
  readonly out: string;
}

export interface LanesOptions {
  readonly rounds: number;
  readonly out: string;
}

export type Choice =
  | { readonly command: 'deliver'; readonly options: DeliverOptions }
  | { readonly command: 'lanes'; readonly options: LanesOptions }
  | { readonly command: 'heal'; readonly options: HealOptions }
  | { readonly command: 'compare'; readonly options: CompareOptions }
  | { readonly command: 'growth'; readonly options: GrowthOptions }
  | { readonly command: 'soak'; readonly options: SoakOptions }
  | { readonly command: 'profile'; readonly options: ProfileOptions };

/**
 * Reads the command line. `--help` ends the process here.
 * @throws ConfigError with all mistakes at once
 */
export function parseOptions(argv: readonly string[]): Choice {
  let choice: Choice | undefined;
  const out = () =>
    new Option('--out <folder>', 'folder for the results, as Markdown and JSON').default('bench-results');
  const rounds = () =>
    new Option('--rounds <n>', 'number of rounds, each of which runs everything once; results are medians')
      .default(ROUNDS)
      .argParser(wholeNumberFrom(1, 100));
  const shape = () =>
    new Option('--events-per-message <n>', 'events per SQS message')
      .default(1)
      .argParser(wholeNumberFrom(1, 1_000));
  const bench = new CommandLine('bench').description(
    'Measures the real processor program on an embedded PostgreSQL (fsync and synchronous_commit on) and a separate\nqueue. Every run checks the rows. Results are most reliable on an otherwise idle machine.',
  );
  bench
    .command('compare', { isDefault: true })
    .description(
      'compare the processor with sqs-consumer on the same services: rate, CPU, memory, latency (about 8 minutes)',
    )
    .addOption(rounds())
    .option('--scale <share>', 'share of the events of a full run, for a quick check', share, 1)
    .addOption(out())
    .action((options: CompareOptions) => {
      choice = { command: 'compare', options };
    });
  bench
    .command('growth')
    .description(
      'measure rate and latency with millions of messages already stored (about 10 minutes, 10 GB of disk)',
    )
    .option('--millions <list>', 'messages stored beforehand, in millions', millions, [0, 1, 5, 10])
    .addOption(rounds())
    .addOption(out())
    .action((options: GrowthOptions) => {
      choice = { command: 'growth', options };
    });
  bench
    .command('soak')
    .description('measure memory and rate over a long run')
    .option('--minutes <n>', 'duration in minutes', wholeNumberFrom(1, 10_000), 30)
    .option('--rate <n>', 'events per second; without it, as fast as possible', wholeNumberFrom(1, 1_000_000))
    .addOption(shape())
    .addOption(out())
    .action((options: SoakOptions) => {
      choice = { command: 'soak', options };
    });
  bench
    .command('profile')
    .description('show where the CPU time goes: a V8 profile, and a table of it')
    .option('--events <n>', 'number of events', wholeNumberFrom(1_000, 10_000_000), 100_000)
    .addOption(shape())
    .addOption(new Option('--queue <kind>', 'kind of queue').choices(QUEUE_KINDS).default('stub'))
    .addOption(out())
    .action((options: ProfileOptions) => {
      choice = { command: 'profile', options };
    });
  bench
    .command('heal')
    .description(
      'measure how long the replay of rejections takes once their client is registered, and the latency of live events',
    )
    .option('--rejections <list>', 'numbers of rejections, with one run each', counts, [200_000, 1_000_000])
    .option(
      '--strangers <n>',
      'additional rejections of other unknown clients',
      wholeNumberFrom(0, 10_000_000),
      0,
    )
    .option('--live <n>', 'live events per second during the run', wholeNumberFrom(0, 10_000), 500)
    .addOption(out())
    .action((options: HealOptions) => {
      choice = { command: 'heal', options };
    });
  bench
    .command('deliver')
    .description(
      'measure the sender, in comparison with a loop that only signs and posts: rate, CPU, memory, latency, and\nendpoints that hang, fail or are down (about 10 minutes; Linux)',
    )
    .addOption(
      new Option('--only <list>', `some of ${SCENARIOS.join(', ')}`)
        .argParser(scenarios)
        .default([...SCENARIOS], 'all'),
    )
    .option('--messages <n>', 'messages of each measurement', wholeNumberFrom(100, 10_000_000))
    .addOption(rounds())
    .option('--full', 'a million messages where that matters (about 2 hours, 20 GB of disk)', false)
    .option('--profile', 'also write CPU profiles of the sender, and tables of them', false)
    .addOption(out())
    .action((options: DeliverOptions) => {
      choice = { command: 'deliver', options };
    });
  bench
    .command('lanes')
    .description(
      'measure what the statement that stores messages costs with lanes for endpoints and without (about 2 minutes; Linux)',
    )
    .option('--rounds <n>', 'batches of each kind; results are medians', wholeNumberFrom(1, 1_000), 40)
    .addOption(out())
    .action((options: LanesOptions) => {
      choice = { command: 'lanes', options };
    });
  bench.parse([...argv]).demand();
  return choice as Choice; // commander has ended the process if no command was chosen
}

function scenarios(text: string): Scenario[] {
  const names = text.split(',');
  const known = SCENARIOS.filter((name) => names.includes(name));
  if (known.length !== new Set(names).size)
    throw new InvalidArgumentError(`Expected some of ${SCENARIOS.join(', ')}, separated by commas.`);
  return known;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('Expected a number above 0 and at most 1.');
  return value;
}

function counts(text: string): number[] {
  const values = text.split(',').map(Number);
  if (!values.every((value) => Number.isInteger(value) && value >= 1 && value <= 100_000_000))
    throw new InvalidArgumentError('Expected whole numbers from 1 to 100000000, separated by commas.');
  return values;
}

function millions(text: string): number[] {
  const values = text.split(',').map(Number);
  if (!values.every((value) => value >= 0 && value <= 1_000))
    throw new InvalidArgumentError('Expected numbers from 0 to 1000, separated by commas.');
  return values;
}
