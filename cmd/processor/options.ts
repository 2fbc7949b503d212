import { CommandLine } from '#internal/config/command-line.ts';

export interface Options {
  readonly untilEmpty: boolean;
}

/** Reads the command line, and gathers what is wrong with it; `--help` ends the process here. */
export function parseOptions(argv: readonly string[]): Options & { readonly mistakes: readonly string[] } {
  const command = new CommandLine('processor')
    .description(
      'Takes every event from an SQS queue and commits it to PostgreSQL exactly once,\nor keeps it as a rejection with the reason. Runs until SIGTERM or Ctrl-C.',
    )
    .option('--until-empty', 'end with exit code 0 once the queue holds nothing more', false)
    .addHelpText(
      'after',
      `
Configuration comes from environment variables and from .env in the working
directory; .env-template lists them all. DATABASE_URL is required, QUEUE_NAME is
"events" if not set.

WORKERS=n uses n cores: so many processes share the work, under this one, which
replaces those that die. POLLS, MAX_IN_FLIGHT and STORE_CONNECTIONS are of each.

While it runs, HEALTH_PORT serves /livez, /readyz and /metrics. The first
SIGTERM or Ctrl-C drains: nothing new is received, what is here is stored and
deleted from the queue. A second one gives back what is not stored yet. Nothing
is lost either way.

Exit codes: 0 ended as asked, 1 failed, 2 wrong configuration or command line.`,
    )
    .parse([...argv]);
  return { ...command.opts<Options>(), mistakes: command.mistakes() };
}
