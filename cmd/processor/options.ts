import { CommandLine } from '#internal/config/command-line.ts';

export interface Options {
  readonly untilEmpty: boolean;
}

/** Reads the command line and collects its mistakes; `--help` ends the process here. */
export function parseOptions(argv: readonly string[]): Options & { readonly mistakes: readonly string[] } {
  const command = new CommandLine('processor')
    .description(
      'Takes every event from an SQS queue and commits it to PostgreSQL exactly once,\nor keeps it as a rejection with the reason. Runs until SIGTERM or Ctrl-C.',
    )
    .option('--until-empty', 'end with exit code 0 once the queue is empty', false)
    .addHelpText(
      'after',
      `
Configuration comes from environment variables and from .env in the working
directory; .env-template lists them all. DATABASE_URL is required; QUEUE_NAME is
"events" if not set.

WORKERS=n starts n processes, to use n cores; this process supervises them and
replaces those that die. POLLS, MAX_IN_FLIGHT and STORE_CONNECTIONS apply to
each of them.

The processor serves /livez, /readyz and /metrics on HEALTH_PORT. The first
SIGTERM or Ctrl-C drains it: it receives nothing new, stores what it holds and
deletes it from the queue. A second one makes it give back to the queue what is
not stored yet. Nothing is lost either way.

Exit codes: 0 ended as asked, 1 failed, 2 wrong configuration or command line.`,
    )
    .parse([...argv]);
  return { ...command.opts<Options>(), mistakes: command.mistakes() };
}
