import { CommandLine } from '#internal/config/command-line.ts';

/** Reads the command line and returns its mistakes; `--help` ends the process here. */
export function parseOptions(argv: readonly string[]): readonly string[] {
  return new CommandLine('sender')
    .description(
      'Delivers stored messages to the HTTP endpoints of their clients, until SIGTERM or Ctrl-C. Endpoints are managed with "admin endpoint".',
    )
    .addHelpText(
      'after',
      `
Configuration comes from environment variables and from .env in the working
directory; .env-template lists them all. DATABASE_URL and SENDER_KEYS are
required.

Several senders share the endpoints: start the program more than once, on one
machine or on several. When one ends, the others take over what it served.

The sender serves /livez, /readyz and /metrics on HEALTH_PORT. The first SIGTERM
or Ctrl-C drains it: it begins no more requests and finishes those in flight. A
second one makes it give these up; they are sent again later, so that their
receivers may get them twice. Nothing is lost either way.

Exit codes: 0 ended as asked, 1 failed, 2 wrong configuration or command line.`,
    )
    .parse([...argv])
    .mistakes();
}
