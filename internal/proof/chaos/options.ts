import { randomInt } from 'node:crypto';
import { wholeNumberFrom } from '#internal/daemon/whole-number.ts';
import { Command, InvalidArgumentError } from 'commander';

export interface ChaosOptions {
  readonly seed: number;
  /** Rounds to run: every fault alone, then mixtures. */
  readonly rounds?: number;
  /** Mixtures for so long. */
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

/** Reads the command line; `--help` and mistakes end the process here, mistakes with exit code 2. */
export function parseOptions(argv: readonly string[], faults: readonly string[]): ChaosOptions {
  const command = new Command('chaos')
    .description(
      'Runs the processor and the producers on a real PostgreSQL and an SQS emulator, lets things go wrong, and then\nchecks every event against what PostgreSQL holds.',
    )
    .option('--seed <n>', 'same seed, same rounds', wholeNumberFrom(0, MAX_SEED), randomInt(MAX_SEED + 1))
    .option(
      '--rounds <n>',
      'every fault alone, in an order drawn from the seed, then mixtures',
      wholeNumberFrom(1, 100_000),
    )
    .option('--minutes <n>', 'mixtures of faults, for so long', wholeNumberFrom(1, 100_000))
    .option('--fault <name...>', 'this one in every round; of several, all of them together', known(faults))
    .option('--list', 'list the faults and end', false)
    .option('--report <file>', 'write the table as Markdown')
    .option('--events <n>', 'events that are sent in a round', wholeNumberFrom(100, 1_000_000), EVENTS)
    .addHelpText(
      'after',
      '\nProgress goes to stderr, the table to stdout.\nExit codes: 0 every promise was kept, 1 one was broken, 2 wrong command line.',
    )
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  const options = command.parse([...argv]).opts<ChaosOptions>();
  if (options.rounds !== undefined && options.minutes !== undefined)
    command.error('error: --rounds and --minutes are both given: keep one of them');
  if (options.minutes !== undefined && options.fault !== undefined)
    command.error('error: --minutes runs mixtures: leave out --fault, or say --rounds');
  return options;
}

function known(faults: readonly string[]) {
  return (name: string, before: readonly string[] = []): readonly string[] => {
    if (!faults.includes(name)) throw new InvalidArgumentError('There is no such fault; --list names them.');
    return [...before, name];
  };
}
