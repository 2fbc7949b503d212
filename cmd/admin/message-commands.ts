import process from 'node:process';
import { ProgramError } from '#internal/daemon/program.ts';
import { uuid7Milliseconds } from '#internal/event/uuid7.ts';
import { findByEventId, type Gone } from '#internal/operations/find-messages.ts';
import {
  listMessages,
  type MessageFilter,
  type MessageSummary,
  showMessage,
} from '#internal/postgres/messages/browse.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { type Listing, type PagingOptions, printListing, withPaging } from './listing.ts';
import { describeMessage, messageJson } from './message-text.ts';
import { type Output, printWhole, tellPerson, visible } from './output.ts';
import { parseMoment } from './time.ts';

const DEFAULT_TENANT = 'default';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const HELP = `
--event-id finds a message at once, however old it is, through the ledger of
identities (tenant, source, event id); --tenant is "default" if not given.
Without --source, each event type of the tenant is tried as the source, because
a plain event that names no source has its type as its source. An event with
another source, such as any CloudEvent, is found only with --source.

All other options search the messages themselves, newest first. --since and
--until limit how many are read; --client, --type and --tenant do not: combine
them with a time or a --limit.`;

interface IdentityOptions {
  readonly eventId?: string;
  readonly source?: string;
  readonly tenant?: string;
}

interface ListOptions extends PagingOptions, IdentityOptions {
  readonly client?: string;
  readonly type?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** `messages list|show`. */
export function messageCommands(program: CommandLine, output: () => Output): void {
  const messages = program.command('messages').description('stored events');
  withPaging(withIdentity(messages.command('list')))
    .description('the newest messages')
    .option('--client <id>', 'for this client only')
    .option('--type <name>', 'of this event type only')
    .option('--since <time>', 'stored at or after: an RFC 3339 time, or 15m, 24h, 7d ago', (text) =>
      parseMoment(text),
    )
    .option('--until <time>', 'stored before', (text) => parseMoment(text))
    .addHelpText('after', HELP)
    .check(checkList)
    .action((options: ListOptions) => withDatabase((pool) => list(pool, options, output())));
  withIdentity(messages.command('show [id]'))
    .description('all that is stored of a message, by its id or by --event-id')
    .addHelpText('after', HELP)
    .check(({ eventId }: IdentityOptions, [id]: readonly [string?]) =>
      (id === undefined) === (eventId === undefined) ? ['name the message by its id or by --event-id'] : [],
    )
    .action((id: string | undefined, options: IdentityOptions) =>
      withDatabase((pool) => show(pool, id, options, output())),
    );
}

function withIdentity(command: CommandLine): CommandLine {
  return command
    .option('--event-id <id>', 'with this event id, set by its producer')
    .option('--source <name>', 'of this source; only with --event-id')
    .option('--tenant <id>', 'of this tenant only');
}

const COLUMNS: Listing<MessageSummary>['columns'] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'received', value: ({ receivedAt }) => receivedAt, leftOut: 2 },
  { title: 'deliver after', value: ({ deliverAfter }) => deliverAfter, leftOut: 0 },
  { title: 'tenant', value: ({ tenantId }) => tenantId, wraps: true, leftOut: 3 },
  { title: 'client', value: ({ clientId }) => clientId, wraps: true },
  { title: 'event type', value: ({ eventType }) => eventType, wraps: true },
  { title: 'source', value: ({ source }) => source, wraps: true, leftOut: 1 },
  { title: 'event id', value: ({ eventId }) => eventId, cuts: true },
];

const LISTING = { columns: COLUMNS, keyOf: ({ id }: MessageSummary) => id, none: 'no messages' };

async function list(pool: pg.Pool, options: ListOptions, output: Output): Promise<void> {
  if (options.eventId !== undefined) return listByEventId(pool, options, output);
  const filter = filterOf(options);
  const read = (beforeId: string | undefined, limit: number) =>
    listMessages(pool, filter, { limit, ...(beforeId === undefined ? {} : { beforeId }) });
  await printListing(output, options, { ...LISTING, read });
}

function checkList({ eventId, source, after, client, type, since, until }: ListOptions): string[] {
  const filtered = [client, type, since, until].some((value) => value !== undefined);
  return [
    ...(source !== undefined && eventId === undefined ? ['--source needs --event-id'] : []),
    ...(eventId !== undefined && filtered
      ? ['--event-id can be combined only with --source and --tenant']
      : []),
    ...(after !== undefined && !UUID.test(after) ? [`not a message's id: ${visible(after)}`] : []),
  ];
}

function filterOf({ tenant, client, type, since, until }: ListOptions): MessageFilter {
  return {
    ...(tenant === undefined ? {} : { tenantId: tenant }),
    ...(client === undefined ? {} : { clientId: client }),
    ...(type === undefined ? {} : { eventType: type }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

async function listByEventId(pool: pg.Pool, options: ListOptions, output: Output): Promise<void> {
  const { messages, gone } = await findByEventId(pool, identityOf(options));
  await printListing(
    output,
    {},
    { ...LISTING, read: async (after) => (after === undefined ? messages : []) },
  );
  if (gone.length > 0) tellPerson(saidOf(gone));
}

function identityOf({ eventId = '', source, tenant = DEFAULT_TENANT }: IdentityOptions) {
  return { tenantId: tenant, eventId, ...(source === undefined ? {} : { source }) };
}

function saidOf(gone: readonly Gone[]): string {
  return gone
    .map(({ source, messageId }) => {
      const stored = new Date(uuid7Milliseconds(messageId)).toISOString();
      return `an event of source ${visible(source)} with that id was stored as ${messageId} on ${stored}, and the partition of its day was dropped`;
    })
    .join('\n');
}

async function show(
  pool: pg.Pool,
  id: string | undefined,
  options: IdentityOptions,
  output: Output,
): Promise<void> {
  const ids = id === undefined ? await idsByEventId(pool, options) : [id];
  const shown = [];
  for (const each of ids) {
    const message = UUID.test(each) ? await showMessage(pool, each) : undefined;
    if (message === undefined)
      throw new ProgramError(`there is no message ${visible(each)}: see "messages list"`);
    shown.push(message);
  }
  // A message id names one message, an event id may name several: its JSON is always an array.
  const json = shown.map(messageJson).join(',\n');
  if (output.json) process.stdout.write(id === undefined ? `[${json}]\n` : `${json}\n`);
  else printWhole(output, shown, (messages) => messages.map(describeMessage).join('\n\n'));
}

/** Returns one id for each source that used the event id: each is a message of its own. */
async function idsByEventId(pool: pg.Pool, options: IdentityOptions): Promise<string[]> {
  const { messages, gone } = await findByEventId(pool, identityOf(options));
  if (messages.length > 0) return messages.map(({ id }) => id);
  if (gone.length > 0) throw new ProgramError(saidOf(gone));
  const where =
    options.source === undefined ? 'with an event type as its source' : `of source ${options.source}`;
  throw new ProgramError(
    `no event with the id ${visible(options.eventId ?? '')} ${visible(where)} was stored in tenant ${visible(options.tenant ?? DEFAULT_TENANT)}`,
  );
}
