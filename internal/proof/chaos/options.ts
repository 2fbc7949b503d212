import { randomInt } from 'node:crypto';
import { CommandLine } from '#internal/config/command-line.ts';
import { wholeNumberFrom } from '#internal/config/whole-number.ts';
import { InvalidArgumentError } from 'commander';

export interface ChaosOptions {
  readonly seed: number;
  /** Rounds to run: every fault alone, then mixtures. */
  readonly rounds?: number;
  /** Mixtures, for this many minutes. */
  readonly minutes?: number;
  /** Only these, together. */
  readonly fault?: readonly [string, ...string[]];
  readonly list: boolean;
  /** Where to write the report, in Markdown. */
  readonly report?: string;
  /** Events that are sent in a round. */
  readonly events: number;
}

const MAX_SEED = 2 ** 32 - 1;
const EVENTS = 1_500;

/**
 * Reads the command line; `--help` ends the process here.
 * @throws ConfigError with all mistakes at once
 */
export function parseOptions(argv: readonly string[], faults: readonly string[]): ChaosOptions {
  const command = new CommandLine('chaos')
    .description(
      'Runs the processor and the producers on a real PostgreSQL and an SQS emulator, lets things go wrong, and then\nchecks every event against what PostgreSQL holds.',
    )
    .option('--seed <n>', 'same seed, same rounds', wholeNumberFrom(0, MAX_SEED), randomInt(MAX_SEED + 1))
    .option(
      '--rounds <n>',
      'every fault alone, in an order drawn from the seed, then mixtures',
      wholeNumberFrom(1, 100_000),
    )
    .option('--minutes <n>', 'mixtures of faults, for this many minutes', wholeNumberFrom(1, 100_000))
    .option('--fault <name...>', 'this one in every round; of several, all of them together', known(faults))
    .option('--list', 'list the faults and end', false)
    .option('--report <file>', 'write the table as Markdown')
    .option('--events <n>', 'events that are sent in a round', wholeNumberFrom(100, 1_000_000), EVENTS)
    .addHelpText(
      'after',
      '\nProgress goes to stderr, the table to stdout.\nExit codes: 0 every promise was kept, 1 one was broken, 2 wrong command line.',
    )
    .check(({ rounds, minutes, fault }: Partial<ChaosOptions>) => [
      ...(rounds !== undefined && minutes !== undefined
        ? ['--rounds and --minutes are both given: keep one of them']
        : []),
      ...(minutes !== undefined && fault !== undefined
        ? ['--minutes runs mixtures: leave out --fault, or say --rounds']
        : []),
    ])
    .parse([...argv]);
  return command.demand().opts<ChaosOptions>();
}

function known(faults: readonly string[]) {
  return (name: string, before: readonly string[] = []): readonly string[] => {
    if (!faults.includes(name)) throw new InvalidArgumentError('There is no such fault; --list names them.');
    return [...before, name];
  };
}
