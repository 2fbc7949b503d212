import { randomInt } from 'node:crypto';
import { CommandLine } from '#internal/config/command-line.ts';
import { wholeNumberFrom } from '#internal/config/whole-number.ts';
import { InvalidArgumentError, Option } from 'commander';

export interface ChaosOptions {
  readonly seed: number;
  /** Number of rounds: every fault alone, then mixtures. */
  readonly rounds?: number;
  /** Runs mixtures for this many minutes. */
  readonly minutes?: number;
  /** Whose faults to run; with `all`, mixtures run the whole way from SQS to the receivers. */
  readonly of: 'sender' | 'processor' | 'all';
  /** Runs only these faults, together. */
  readonly fault?: readonly [string, ...string[]];
  readonly list: boolean;
  /** Where to write the Markdown report. */
  readonly report?: string;
  /** Number of events per round. */
  readonly events: number;
}

const MAX_SEED = 2 ** 32 - 1;
const EVENTS = 1_500;

/**
 * Reads the command line. `--help` ends the process here.
 * @throws ConfigError with all mistakes at once
 */
export function parseOptions(argv: readonly string[], faults: readonly string[]): ChaosOptions {
  const command = new CommandLine('chaos')
    .description(
      'Runs producers, processors, senders and receivers on a real PostgreSQL and an\nSQS emulator, injects faults, and then checks every event against the rows in\nPostgreSQL, and every row against what the receivers got.',
    )
    .option(
      '--seed <n>',
      'the same seed runs the same rounds',
      wholeNumberFrom(0, MAX_SEED),
      randomInt(MAX_SEED + 1),
    )
    .option(
      '--rounds <n>',
      'number of rounds: every fault alone, in an order drawn from the seed, then mixtures',
      wholeNumberFrom(1, 100_000),
    )
    .option('--minutes <n>', 'run mixtures of faults for this many minutes', wholeNumberFrom(1, 100_000))
    .addOption(
      new Option('--of <part>', 'whose faults to run').choices(['sender', 'processor', 'all']).default('all'),
    )
    .option('--fault <name...>', 'run only this fault; several faults run together', known(faults))
    .option('--list', 'list the faults', false)
    .option('--report <file>', 'write the report to a Markdown file')
    .option('--events <n>', 'number of events per round', wholeNumberFrom(100, 1_000_000), EVENTS)
    .addHelpText(
      'after',
      '\nProgress goes to stderr, the table to stdout.\nExit codes: 0 every promise kept, 1 a promise broken, 2 invalid command line.',
    )
    .check(({ rounds, minutes, fault }: Partial<ChaosOptions>) => [
      ...(rounds !== undefined && minutes !== undefined
        ? ['--rounds and --minutes exclude each other: use one of them']
        : []),
      ...(minutes !== undefined && fault !== undefined
        ? ['--minutes runs mixtures: remove --fault, or use --rounds']
        : []),
    ])
    .parse([...argv]);
  return command.demand().opts<ChaosOptions>();
}

function known(faults: readonly string[]) {
  return (name: string, before: readonly string[] = []): readonly string[] => {
    if (!faults.includes(name)) throw new InvalidArgumentError('Unknown fault; --list shows all of them.');
    return [...before, name];
  };
}
