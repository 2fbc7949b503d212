import { randomInt } from 'node:crypto';
import { CommandLine } from '#internal/config/command-line.ts';
import { wholeNumberFrom } from '#internal/config/whole-number.ts';
import { type Behaviour, FRIENDLY } from '#internal/load/receivers/behaviour.ts';
import { parseDelay, parseShare, parseStatuses } from './parse.ts';

const MAX_SEED = 2 ** 32 - 1;
const MAX_RETRY_AFTER_SECONDS = 86_400;

interface Options extends Pick<Behaviour, 'hang' | 'reset'> {
  readonly port: number;
  readonly host: string;
  readonly status?: Behaviour['statuses'];
  readonly delay?: Behaviour['delayMs'];
  /** In seconds. */
  readonly retryAfter?: number;
  readonly secret?: readonly string[];
  /** File of lines with the name of an endpoint and a secret. */
  readonly secrets?: string;
  readonly ledger?: string;
  readonly seed: number;
  readonly tls: boolean;
  /** File for the certificate. */
  readonly tlsCa?: string;
}

const EXPLANATION = `
Every path below /hooks/ is an endpoint, such as http://127.0.0.1:9000/hooks/acme.
With a secret, requests must carry a Standard Webhooks signature (v1) that it
made within the last five minutes; others are answered with 401.

Statuses with a share after a colon answer that share of the requests; those
without one share the rest: --status 200,500:0.1,429:0.01

The ledger has one JSON line per request: time, order of arrival, endpoint, id
(webhook-id), event, request (its number for this message), open (requests for
this message at that moment), signature, status and digest of the body. Status
is "hang", "reset", or "gone" when the client left before the answer.

Ctrl-C ends it with one JSON object of counts on stdout.

Exit codes: 0 ended as asked, 1 failed, 2 wrong command line.`;

/**
 * Reads the command line; `--help` ends the process here.
 * @throws ConfigError with all mistakes at once
 */
export function parseOptions(argv: readonly string[]): Options {
  return new CommandLine('receivers')
    .description('Fake clients: HTTP endpoints that verify signatures, answer as told and count what comes.')
    .option('--port <n>', 'port to listen on, 0 for any free one', wholeNumberFrom(0, 65_535), 9_000)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--status <list>', 'statuses to answer with, and their shares (default: 200)', parseStatuses)
    .option('--delay <ms>', 'milliseconds before each answer, or a range such as 5-50', parseDelay)
    .option('--hang <share>', 'share of the requests that are never answered', parseShare, 0)
    .option('--reset <share>', 'share of the requests whose connection is reset', parseShare, 0)
    .option(
      '--retry-after <seconds>',
      'send the header Retry-After with 429 and 503',
      wholeNumberFrom(0, MAX_RETRY_AFTER_SECONDS),
    )
    .option('--secret <secret>', 'whsec_…: secret of every endpoint; may be repeated', gather)
    .option('--secrets <file>', 'file with lines of the name of an endpoint, a space and a secret')
    .option('--ledger <file>', 'write a JSON line per request')
    .option('--seed <n>', 'same seed, same answers', wholeNumberFrom(0, MAX_SEED), randomInt(MAX_SEED + 1))
    .option('--tls', 'serve HTTPS, with a certificate that signs itself', false)
    .option('--tls-ca <file>', 'write this certificate to a file, for NODE_EXTRA_CA_CERTS of the sender')
    .addHelpText('after', EXPLANATION)
    .check(({ hang = 0, reset = 0 }: Partial<Options>) =>
      hang + reset > 1 ? ['--hang and --reset must not exceed 1 together'] : [],
    )
    .check(({ tls, tlsCa }: Partial<Options>) =>
      tlsCa !== undefined && tls !== true ? ['--tls-ca needs --tls'] : [],
    )
    .parse([...argv])
    .demand()
    .opts<Options>();
}

/** What every endpoint does, by the options. */
export function behaviourOf({ status, delay, hang, reset, retryAfter }: Options): Behaviour {
  return {
    statuses: status ?? FRIENDLY.statuses,
    delayMs: delay ?? FRIENDLY.delayMs,
    hang,
    reset,
    retryAfter: retryAfter?.toString(),
  };
}

function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
