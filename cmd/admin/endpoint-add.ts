import { randomInt } from 'node:crypto';
import { ProgramError } from '#internal/daemon/program.ts';
import { addEndpoint, type EndpointWanted } from '#internal/operations/endpoints/add.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { InvalidArgumentError } from 'commander';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { demandSendable } from './endpoint-checks.ts';
import { optionsOf, type ServiceOptions, withServiceOptions, withTenant } from './endpoint-options.ts';
import { type GivenSecret, parseSecret, SECRET_HELP, secretOf } from './endpoint-secret.ts';
import { secretLines } from './endpoint-text.ts';
import { type Output, printWhole, tellPerson, visible } from './output.ts';
import { listenForInterrupt } from './progress.ts';
import { type Ran, runWithProgress, tellInterrupted } from './replay-run.ts';
import { configuredSealing } from './sender-keys.ts';
import { parseMoment } from './time.ts';

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const HELP = `
Every message that is stored from now on is delivered; with --from, also those
that were stored since then. Requests are signed as Standard Webhooks 1.0.0 says
(webhook-id, webhook-timestamp, webhook-signature). The secret is shown once.
--ed25519 adds signatures v1a, which receivers verify with the public key.
Messages are CloudEvents in structured JSON unless --format says otherwise; all
types, 16 requests in flight, 15 seconds for each, 12 attempts in 76 hours.
--ordered sends one message at a time, in order; one that fails holds up those
behind it.`;

const NOT_HMAC = '--secret: expected whsec_…';

interface AddOptions extends ServiceOptions {
  readonly tenant: string;
  readonly id?: string;
  readonly from?: Date;
  readonly secret?: GivenSecret;
  readonly ed25519: boolean;
}

/** `endpoint add`. */
export function endpointAdd(endpoint: CommandLine, output: () => Output): void {
  withServiceOptions(withTenant(endpoint.command('add <client> <url>')))
    .description('deliver the messages of a client to a URL')
    .option('--id <id>', 'its name in the tenant (default: one is drawn)')
    .option('--ordered', 'one message at a time, in the order of their commits')
    .option('--from <time>', 'also those stored since: an RFC 3339 time, or 15m, 24h, 7d ago', parsePast)
    .option(
      '--secret <whsec>',
      'sign with this secret instead of a new one (-: from standard input)',
      parseSecret,
    )
    .option('--ed25519', 'sign with an Ed25519 key besides', false)
    .addHelpText('after', `${HELP}${SECRET_HELP}`)
    .check(({ id, secret }: AddOptions) => [
      ...(id === undefined || ID.test(id)
        ? []
        : [
            '--id: expected 1 to 64 letters, digits, dots, hyphens and underscores, with a letter or digit first',
          ]),
      ...(typeof secret !== 'object' || secret.kind === 'hmac' ? [] : [NOT_HMAC]),
    ])
    .action(async (clientId: string, url: string, options: AddOptions) => {
      demandSendable({ ...options, url });
      const wanted = await wantedOf(clientId, url, options);
      await withDatabase((pool) => add(pool, wanted, output()));
    });
}

async function wantedOf(clientId: string, url: string, options: AddOptions): Promise<EndpointWanted> {
  const { tenant, id = drawId(), header = [], ed25519, from } = options;
  const secret = options.secret === undefined ? undefined : await secretOf(options.secret);
  if (secret?.kind === 'ed25519') throw new ProgramError(NOT_HMAC, { exitCode: 2 });
  return {
    tenantId: tenant,
    clientId,
    id,
    options: { ...optionsOf(options), url },
    headers: Object.fromEntries(header),
    secret,
    ed25519,
    from,
  };
}

/** A moment in the future would look like one to begin at, but every message is delivered from now on anyway. */
function parsePast(text: string): Date {
  const moment = parseMoment(text);
  if (moment.getTime() > Date.now())
    throw new InvalidArgumentError('It is in the future: expected a time in the past.');
  return moment;
}

/** Short enough to be typed, and free in every tenant for all practical purposes. */
function drawId(): string {
  return `ep-${randomInt(36 ** 8)
    .toString(36)
    .padStart(8, '0')}`;
}

async function add(pool: pg.Pool, wanted: EndpointWanted, output: Output): Promise<void> {
  using interrupt = listenForInterrupt();
  const { signal } = interrupt;
  const added = await addEndpoint(pool, wanted, {
    sealing: configuredSealing(),
    signal,
    waiting: () =>
      tellPerson('waiting for the events that are being stored; the processor goes on meanwhile'),
  });
  if (added.kind !== 'added') throw refusal(wanted, added);
  if (!output.json) for (const name of added.unregistered) tellPerson(typeWarning(name));
  const { id, tenantId, clientId } = wanted;
  // Shown before the past is looked at, which may take long or fail: the secret is shown only once.
  if (!output.json)
    printWhole(output, added, ({ secrets }) =>
      [
        `endpoint ${id} of client ${visible(clientId)} in tenant ${visible(tenantId)}: added`,
        ...secretLines(secrets),
      ].join('\n'),
    );
  const ran = added.replay === undefined ? undefined : await runWithProgress(pool, added.replay, signal);
  if (output.json) {
    const { secrets, unregistered } = added;
    printWhole(
      output,
      { id, tenantId, clientId, url: wanted.options.url, secrets, unregistered, ...fromOf(ran) },
      () => '',
    );
  } else if (ran !== undefined) {
    printWhole(output, ran, ({ messages }) => `messages from before, due now: ${messages}`);
  }
  if (ran !== undefined) tellInterrupted(ran);
}

function fromOf(ran: Ran | undefined) {
  return ran === undefined ? {} : { from: ran };
}

export function typeWarning(name: string): string {
  return `warning: ${
    name.endsWith('.*')
      ? `no registered event type begins with ${visible(name.slice(0, -1))}`
      : `the event type ${visible(name)} is not registered`
  }: nothing is delivered for it before it is ("event-type add")`;
}

type Refused = Exclude<Awaited<ReturnType<typeof addEndpoint>>, { kind: 'added' }>;

function refusal({ id, tenantId, clientId }: EndpointWanted, refused: Refused): ProgramError {
  switch (refused.kind) {
    case 'exists':
      return new ProgramError(
        `there is an endpoint ${visible(id)} in tenant ${visible(tenantId)} already: give another --id, or change it with "endpoint set"`,
      );
    case 'unknown_client':
      return new ProgramError(
        `client ${visible(clientId)} of tenant ${visible(tenantId)} is not registered: add it first with "client add", or name its tenant with --tenant`,
      );
    case 'other_cluster':
      return new ProgramError(
        'this database was restored from another PostgreSQL cluster, so that positions of endpoints mean nothing here: stop the senders and run "sender rebase" first (after pg_upgrade with --ids-kept)',
      );
    case 'isolation':
      return new ProgramError(
        `default_transaction_isolation is "${refused.found}" for this database or one of its roles: with it, an event that is stored now could be missed; set it to "read committed" with "alter database" or "alter role"`,
      );
    case 'interrupted':
      return new ProgramError('interrupted: nothing was added');
  }
}
