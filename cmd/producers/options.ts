import { randomInt } from 'node:crypto';
import { EVEN_SO } from '#internal/config/config.ts';
import { CommandLine } from '#internal/config/command-line.ts';
import { CONTENT_ENCODINGS } from '#internal/event/body/content-encoding.ts';
import { z } from 'zod';
import { FORMATS } from '#internal/load/envelopes.ts';
import type { Pace } from '#internal/load/schedule.ts';

/** Events per second when neither a count nor a rate is given: one of each producer every 100 ms. */
const DEMONSTRATION_RATE = 30;
const MAX_TENANTS = 10_000;
const MAX_SEED = 2 ** 32 - 1;
const MAX_EVENTS_PER_BODY = 10_000;
/** 30 days, the most that the processor accepts. */
const MAX_DELAY_SECONDS = 2_592_000;

/** The characters of a MessageGroupId: the tenant is used as one. */
const TENANT = /^[!-~]{1,128}$/;

function wholeNumber(minimum: number, maximum: number) {
  const wanted = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, wanted)
    .transform(Number)
    .pipe(z.number().min(minimum, wanted).max(maximum, wanted));
}

const share = z
  .string()
  .regex(/^(0|1|0?\.\d+|0\.|1\.0*)$/, 'must be a share from 0 to 1, such as 0.05')
  .transform(Number);

const rate = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a number of events per second, such as 100')
  .transform(Number)
  .refine((value) => value > 0, 'must be more than 0');

const tenants = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every((name) => TENANT.test(name)), {
    error: 'must be a number, or names of 1 to 128 printable ASCII characters with commas between them',
  })
  .transform((names) => namesOf(names))
  .refine((names) => names.length >= 1 && names.length <= MAX_TENANTS, `must be 1 to ${MAX_TENANTS} tenants`)
  .transform((names) => names as [string, ...string[]]);

const schema = z
  .object({
    count: wholeNumber(1, Number.MAX_SAFE_INTEGER).exactOptional(),
    rate: rate.exactOptional(),
    tenants: tenants.default(['default']),
    register: z.boolean().default(false),
    bad: share.exactOptional(),
    duplicates: share.exactOptional(),
    batch: wholeNumber(1, MAX_EVENTS_PER_BODY).default(1),
    compress: z.enum(CONTENT_ENCODINGS, `must be ${CONTENT_ENCODINGS.join(' or ')}`).exactOptional(),
    format: z.enum(FORMATS, `must be ${FORMATS.join(' or ')}`).default('plain'),
    deliverAfter: wholeNumber(0, MAX_DELAY_SECONDS).exactOptional(),
    seed: wholeNumber(0, MAX_SEED).default(() => randomInt(MAX_SEED + 1)),
    ledger: z.string().min(1, 'must be the name of a file').exactOptional(),
    concurrency: wholeNumber(1, 1_000).default(16),
  })
  .superRefine(({ bad = 0, duplicates = 0 }, context) => {
    if (typeof bad === 'number' && typeof duplicates === 'number' && bad + duplicates > 1)
      context.addIssue({ code: 'custom', message: '--bad and --duplicates must not exceed 1 together' });
  }, EVEN_SO);

export type Options = z.output<typeof schema>;

/** `options` is undefined only if there are mistakes. */
interface Parsed {
  readonly options: Options | undefined;
  readonly mistakes: readonly string[];
}

const EXPLANATION = `
Three producers are simulated: monitor-app for client-1, transaction-app for
client-2, user-app for client-3. Without --count, --rate, --bad and
--duplicates, each sends one event every 100 ms, and about every 20th time a bad
one is added. With --count alone, events are sent as fast as SQS accepts them;
with --bad or --duplicates alone, 30 a second.

A new database knows only the tenant "default": events of other tenants are
rejected until those are registered. --register registers them before anything
is sent, in a database that the processor or "admin migrate" has migrated.

Ctrl-C stops: the sends in flight are finished, then a summary is printed. A
second Ctrl-C stops at once.

Configuration comes from environment variables and from .env in the working
directory: QUEUE_NAME ("events" if not set) or QUEUE_URL, QUEUE_CREATE, and
AWS_REGION, AWS_ENDPOINT_URL and credentials as the AWS SDK reads them.

Exit codes: 0 SQS refused nothing (a send without an answer counts as unknown),
1 SQS refused events, 2 wrong configuration or command line.`;

/** Reads the command line and collects all its mistakes; `--help` ends the process here. */
export function parseOptions(argv: readonly string[]): Parsed {
  const command = new CommandLine('producers')
    .description('Fake producers: send good, bad and repeated events to an SQS queue.')
    .option('--count <n>', 'events to send in total (default: until Ctrl-C)')
    .option('--rate <n>', 'events per second')
    .option(
      '--tenants <n|names>',
      'number of tenants (tenant-1, tenant-2, ...) or their names, with commas (default: default)',
    )
    .option('--register', 'register the tenants, their clients and event types first; needs DATABASE_URL')
    .option('--bad <share>', 'share of bad events, 0 to 1')
    .option('--duplicates <share>', 'share of events that repeat an earlier one exactly, 0 to 1')
    .option('--batch <n>', 'events per SQS message, as a JSON array if more than one (default: 1)')
    .option(
      '--compress <encoding>',
      `${CONTENT_ENCODINGS.join(' or ')}: compress every SQS body; worthwhile with --batch`,
    )
    .option('--format <format>', `${FORMATS.join(' or ')} (default: plain)`)
    .option(
      '--deliver-after <seconds>',
      'ask that each event is delivered this many seconds later, and not before',
    )
    .option('--seed <n>', 'same seed, same events: ids, payloads and order (default: random)')
    .option('--ledger <file>', 'write a JSON line per event: id, tenant, kind, outcome of its send')
    .option('--concurrency <n>', 'sends in flight at once (default: 16)')
    .addHelpText('after', EXPLANATION)
    .parse([...argv]);
  const { data, error } = schema.safeParse(command.opts());
  const wrong = error?.issues.map(({ path, message }) =>
    path.length === 0 ? message : `--${optionOf(path)} ${message}`,
  );
  return { options: data, mistakes: [...command.mistakes(), ...(wrong ?? [])] };
}

/** The name of an option as it is written on the command line. */
function optionOf(path: readonly PropertyKey[]): string {
  return path.join('.').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Without count, rate and shares, the pace is that of the demonstration, which ignores count and rate. */
export function paceOf({ count, rate: perSecond, bad, duplicates }: Options): Pace {
  const ticks = [count, perSecond, bad, duplicates].every((option) => option === undefined);
  return { count, rate: perSecond ?? (count === undefined ? DEMONSTRATION_RATE : undefined), ticks };
}

function namesOf(names: readonly string[]): string[] {
  const [only = ''] = names;
  if (names.length > 1 || !/^\d+$/.test(only)) return [...new Set(names)];
  // One name above the limit is enough to be refused.
  return Array.from({ length: Math.min(Number(only), MAX_TENANTS + 1) }, (_, i) => `tenant-${i + 1}`);
}
