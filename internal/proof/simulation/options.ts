import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';

/** The engines that are simulated. */
export const ENGINES = ['processor', 'sender'] as const;
export type Engine = (typeof ENGINES)[number];

export interface SimulateOptions {
  /** Without it, all of them. */
  readonly of?: Engine;
  readonly seeds: number;
  readonly from?: number;
  readonly seed?: number;
  readonly lines: number;
}

const TRACE_LINES = 100;

/** Reads the command line. `--help` and mistakes end the process here; mistakes with exit code 2. */
export function parseOptions(argv: readonly string[]): SimulateOptions {
  return new Command('simulate')
    .description(
      'Runs the processor and the sender on simulated services, one seed after another, until a rule is broken.',
    )
    .addHelpText('after', '\nExit codes: 0 no rule was broken, 1 a rule was broken, 2 invalid command line.')
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .addOption(new Option('--of <engine>', 'only this engine').choices(ENGINES))
    .option('--seeds <count>', 'how many seeds to run', wholeNumber, 1_000)
    .option('--from <seed>', 'the first seed; without it, a fresh one', wholeNumber)
    .option('--seed <seed>', 'run only this seed, and print its trace', wholeNumber)
    .option('--lines <count>', 'number of lines to print from the end of the trace', wholeNumber, TRACE_LINES)
    .parse([...argv])
    .opts<SimulateOptions>();
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError('Expected a whole number of at most nine digits.');
  return Number(text);
}
