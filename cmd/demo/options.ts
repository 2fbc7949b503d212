import { CommandLine } from '#internal/config/command-line.ts';
import { InvalidArgumentError } from 'commander';

export interface DemoOptions {
  /** The demo ends after this many events; without it, at Ctrl-C. */
  readonly events?: number;
  /** Events per second. */
  readonly rate?: number;
  /** Whether messages are delivered to receivers. */
  readonly sender: boolean;
  /** Share of the requests that the receivers answer with an error. */
  readonly receiversFail?: number;
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
      'The whole event processor in one terminal: an embedded PostgreSQL and SQS, the processor, fake producers that send good, bad and repeated events for three tenants, the sender, and fake receivers that verify what it delivers. Needs no Docker and leaves nothing behind.',
    )
    .option(
      '--events <n>',
      'send this many events, as fast as possible, and end; without it, run until Ctrl-C',
      positive,
    )
    .option('--rate <n>', 'events per second', positive)
    .option('--no-sender', 'leave out sender and receivers')
    .option(
      '--receivers-fail <share>',
      `share of the requests that receivers answer with an error, up to ${MOST_FAILING} (default: ${USUAL_FAILING})`,
      share,
    )
    .option('--json', 'end with a line of JSON on a terminal, too', false)
    .addHelpText(
      'after',
      '\nAt the end it prints the books and checks them against what PostgreSQL holds\nand what the receivers got.\nThe last line is one JSON object, except on a terminal or if COLUMNS is set.\nExit codes: 0 the books balance, 1 they do not, 2 wrong command line.',
    )
    .check(({ sender, receiversFail }: DemoOptions) =>
      sender || receiversFail === undefined
        ? []
        : ['--receivers-fail: there are no receivers with --no-sender; leave out one of them'],
    )
    .parse([...argv]);
  return command.demand().opts<DemoOptions>();
}

/** Share of the requests that receivers answer with an error, without the option. */
export const USUAL_FAILING = 0.1;
/** Not more: the sender would take the endpoints for dead, and pause before each probe. */
const MOST_FAILING = 0.3;

function share(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value > MOST_FAILING)
    throw new InvalidArgumentError(`Expected a share from 0 to ${MOST_FAILING}, such as 0.1.`);
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 100_000_000) {
    throw new InvalidArgumentError('Expected a whole number from 1 to 100000000.');
  }
  return value;
}
