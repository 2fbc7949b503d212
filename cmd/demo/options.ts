import { CommandLine } from '#internal/config/command-line.ts';
import { InvalidArgumentError } from 'commander';

export interface DemoOptions {
  /** The demo ends after this many events; without it, at Ctrl-C. */
  readonly events?: number;
  /** Events per second. */
  readonly rate?: number;
  /** Prints the verdict as JSON on a terminal, too. */
  readonly json: boolean;
}

/**
 * Reads the command line; `--help` ends the process here.
 * @throws ConfigError with all mistakes at once
 */
export function parseOptions(argv: readonly string[]): DemoOptions {
  const command = new CommandLine('demo')
    .description(
      'The whole event processor in one terminal: an embedded PostgreSQL and SQS, the processor, and fake producers that send good, bad and repeated events for three tenants. Needs no Docker and leaves nothing behind.',
    )
    .option(
      '--events <n>',
      'send this many events, as fast as possible, and end; without it, run until Ctrl-C',
      positive,
    )
    .option('--rate <n>', 'events per second', positive)
    .option('--json', 'end with a line of JSON on a terminal, too', false)
    .addHelpText(
      'after',
      '\nAt the end it prints the books and checks them against what PostgreSQL holds.\nThe last line is one JSON object, except on a terminal or if COLUMNS is set.\nExit codes: 0 the books balance, 1 they do not, 2 wrong command line.',
    )
    .parse([...argv]);
  return command.demand().opts<DemoOptions>();
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 100_000_000) {
    throw new InvalidArgumentError('Expected a whole number from 1 to 100000000.');
  }
  return value;
}
