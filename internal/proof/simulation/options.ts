import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';

export interface SimulateOptions {
  readonly seeds: number;
  readonly from?: number;
  readonly seed?: number;
  readonly lines: number;
}

const TRACE_LINES = 100;

/** Reads the command line; `--help` and mistakes end the process here, mistakes with exit code 2. */
export function parseOptions(argv: readonly string[]): SimulateOptions {
  return new Command('simulate')
    .description(
      'Runs the pipeline on simulated services, one seed after the other, until one of them breaks a rule.',
    )
    .addHelpText('after', '\nExit codes: 0 nothing found, 1 a rule was broken, 2 wrong command line.')
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .option('--seeds <count>', 'how many of them to run', wholeNumber, 1_000)
    .option('--from <seed>', 'the first of them; a fresh one unless told', wholeNumber)
    .option('--seed <seed>', 'run that seed alone, and print what happened in it', wholeNumber)
    .option(
      '--lines <count>',
      'how many of the last lines to print of what happened',
      wholeNumber,
      TRACE_LINES,
    )
    .parse([...argv])
    .opts<SimulateOptions>();
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError('a whole number of at most nine digits is wanted');
  return Number(text);
}
