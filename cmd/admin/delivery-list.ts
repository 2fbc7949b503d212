import { type AttemptRow, listAttempts } from '#internal/postgres/outcomes/attempts.ts';
import { listRetrying, type RetryingRow } from '#internal/postgres/outcomes/retrying.ts';
import { listWaiting, type WaitingRow } from '#internal/postgres/outcomes/waiting.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { InvalidArgumentError, Option } from 'commander';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import {
  checkMessage,
  deliveryFilterOf,
  demandNames,
  type DeliveryOptions,
  partsOfRowKey,
  rowKey,
  UUID,
  withDeliveryFilter,
} from './delivery-options.ts';
import { type Listing, type PagingOptions, printListing, withPaging } from './listing.ts';
import { type Output, visible } from './output.ts';

const OUTCOMES = ['delivered', 'failed', 'throttled', 'dead', 'lost'] as const;
const STATUSES = [...OUTCOMES, 'retrying', 'waiting'] as const;
/** Rows of very many endpoints are gathered. */
const STATEMENT_MS = 600_000;

const HELP = `
The list shows attempts, newest first, or those with one outcome. --status
retrying shows deliveries that are due later instead, and waiting the messages
whose first attempt is still to come; with these two, --since and --until go by
when the message was stored.`;

interface ListOptions extends DeliveryOptions, PagingOptions {
  readonly status?: (typeof STATUSES)[number];
  readonly code?: number;
}

/** `deliveries list`. */
export function deliveryList(deliveries: CommandLine, output: () => Output): void {
  withPaging(withDeliveryFilter(deliveries.command('list'), 'attempted'))
    .description('attempts to deliver, and what is still to be delivered')
    .addOption(new Option('--status <status>', 'with this outcome, or still to come').choices(STATUSES))
    .option('--code <status>', 'with this HTTP status', httpStatus)
    .addHelpText('after', HELP)
    .check(checkMessage)
    .check(checkList)
    .action((options: ListOptions) =>
      withDatabase((pool) => list(pool, options, output()), { statementTimeoutMs: STATEMENT_MS }),
    );
}

function httpStatus(text: string): number {
  if (!/^[1-5]\d\d$/.test(text)) throw new InvalidArgumentError('Expected an HTTP status from 100 to 599.');
  return Number(text);
}

function checkList({ status, code, after }: ListOptions): string[] {
  const ofAttempts = status !== 'retrying' && status !== 'waiting';
  const isKey = after === undefined || (ofAttempts ? UUID.test(after) : partsOfRowKey(after) !== undefined);
  return [
    ...(status === 'waiting' && code !== undefined ? ['--code: what waits has no status yet'] : []),
    ...(isKey ? [] : [`not a key of this list: ${visible(after)}`]),
  ];
}

async function list(pool: pg.Pool, options: ListOptions, output: Output): Promise<void> {
  await demandNames(pool, deliveryFilterOf(options));
  if (options.status === 'retrying') return printListing(output, options, retrying(pool, options));
  if (options.status === 'waiting') return printListing(output, options, waiting(pool, options));
  return printListing(output, options, attempts(pool, options));
}

type Named = Pick<AttemptRow, 'tenantId' | 'endpointId' | 'messageId'>;

const NAMES: Listing<Named>['columns'] = [
  { title: 'message', value: ({ messageId }) => messageId },
  { title: 'tenant', value: ({ tenantId }) => tenantId, wraps: true, leftOut: 2 },
  { title: 'endpoint', value: ({ endpointId }) => endpointId, wraps: true },
];

function attempts(pool: pg.Pool, options: ListOptions): Listing<AttemptRow> {
  const { status, code } = options;
  const filter = {
    ...deliveryFilterOf(options),
    ...(status === undefined ? {} : { outcome: status as AttemptRow['outcome'] }),
    ...(code === undefined ? {} : { status: code }),
  };
  return {
    columns: [
      { title: 'attempted', value: ({ attemptedAt }) => attemptedAt, leastAtLast: 10 },
      ...NAMES,
      {
        title: 'attempt',
        value: ({ attempt, unit }) => (unit === 0 ? attempt : `${attempt} of replay ${unit}`),
        leftOut: 3,
      },
      { title: 'outcome', value: ({ outcome }) => outcome, leftOut: 5 },
      { title: 'status', value: ({ status }) => status ?? '', leftOut: 4 },
      { title: 'ms', value: ({ milliseconds }) => milliseconds, leftOut: 1 },
      { title: 'error', value: ({ error }) => error ?? '', cuts: true },
    ],
    keyOf: ({ attemptId }) => attemptId,
    none: 'no attempts',
    read: (beforeId, limit) =>
      listAttempts(pool, filter, { limit, ...(beforeId === undefined ? {} : { beforeId }) }),
  };
}

function retrying(pool: pg.Pool, options: ListOptions): Listing<RetryingRow> {
  const filter = {
    ...deliveryFilterOf(options),
    ...(options.code === undefined ? {} : { status: options.code }),
  };
  return {
    columns: [
      ...NAMES,
      { title: 'due', value: ({ dueAt }) => dueAt, leastAtLast: 10 },
      {
        title: 'attempts',
        value: ({ attempts, unit }) => (unit === 0 ? attempts : `${attempts} of replay ${unit}`),
        leftOut: 3,
      },
      { title: 'status', value: ({ lastStatus }) => lastStatus ?? '', leftOut: 1 },
      { title: 'error', value: ({ lastError }) => lastError ?? '', cuts: true },
    ],
    keyOf: ({ endpointNumber, unit, messageId }) => rowKey(endpointNumber, unit, messageId),
    inJson: (row) => ({ ...row, endpointNumber: undefined }),
    none: 'nothing is retried',
    read: (key, limit) => {
      const after = partsOfRowKey(key ?? '');
      if (after === undefined) return listRetrying(pool, filter, { limit });
      const [endpointNumber, unit, messageId] = after;
      return listRetrying(pool, filter, { limit, after: { endpointNumber, unit: Number(unit), messageId } });
    },
  };
}

function waiting(pool: pg.Pool, options: ListOptions): Listing<WaitingRow> {
  const filter = deliveryFilterOf(options);
  return {
    columns: [...NAMES, { title: 'stored', value: ({ storedAt }) => storedAt }],
    keyOf: ({ endpointNumber, xid, messageId }) => rowKey(endpointNumber, xid, messageId),
    inJson: (row) => ({ ...row, endpointNumber: undefined, xid: undefined }),
    none: 'nothing waits',
    read: (key, limit) => {
      const after = partsOfRowKey(key ?? '');
      if (after === undefined) return listWaiting(pool, filter, { limit });
      const [endpointNumber, xid, messageId] = after;
      return listWaiting(pool, filter, { limit, after: { endpointNumber, xid, messageId } });
    },
  };
}
