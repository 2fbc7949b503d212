import type pg from 'pg';
import { uuid7LowerBound } from '../../event/uuid7.ts';
import type { Format, SigningSecret } from '../../sender/ports.ts';
import { isForeignKeyViolation, sqlStateOf } from '../errors.ts';
import { inTransaction } from '../transaction.ts';
import { adoptCluster, clusterState } from './cluster.ts';
import type { EndpointName } from './reference.ts';

/** How an endpoint is to be served. */
export interface EndpointOptions {
  readonly url: string;
  /** Names, or `prefix.*`; null for every type. */
  readonly eventTypes: readonly string[] | null;
  readonly format: Format;
  readonly headerNames: readonly string[];
  readonly sealedHeaders: Buffer | null;
  readonly ratePerSecond: number | null;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly timeoutSeconds: number;
  readonly retrySeconds: readonly number[];
}

export interface NewEndpoint extends EndpointName {
  readonly clientId: string;
  /** The column's default applies where an option is undefined. */
  readonly options: Partial<EndpointOptions> & Pick<EndpointOptions, 'url'>;
  readonly secrets: readonly { readonly kind: SigningSecret['kind']; readonly sealed: Buffer }[];
  /** Since when it gets what was stored before it was added; undefined for nothing of that. */
  readonly from: Date | undefined;
}

/** `busy`: storing statements held their locks for too long; try again. */
type Inserted =
  /** `replay` chooses what was stored before. */
  | { readonly kind: 'added'; readonly replay: string | undefined }
  | { readonly kind: 'exists' | 'unknown_client' | 'other_cluster' | 'busy' };

/** Storing statements queue behind the request for the lock at most this long. */
const LOCK_TIMEOUT_MS = 100;
const LOCK_NOT_AVAILABLE = '55P03';
const UNIQUE_VIOLATION = '23505';

/** Attempts are dated by the clocks of senders, which may be behind. There are none before, so that this costs nothing. */
const CLOCK_MARGIN_MS = 86_400_000;

const COLUMNS = {
  url: 'url',
  eventTypes: 'event_types',
  format: 'format',
  headerNames: 'header_names',
  sealedHeaders: 'sealed_headers',
  ratePerSecond: 'rate_per_second',
  concurrency: 'concurrency',
  ordered: 'ordered',
  timeoutSeconds: 'timeout_seconds',
  retrySeconds: 'retry_seconds',
} as const satisfies Record<keyof EndpointOptions, string>;

/** Returns the columns of the options that are given, and their values. */
export function columnsOf(options: Partial<EndpointOptions>): { names: string[]; values: unknown[] } {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    names: given.map(([key]) => COLUMNS[key as keyof EndpointOptions]),
    values: given.map(([, value]) => value),
  };
}

/**
 * Adds an endpoint in one transaction. Its mark begins at the id of this transaction. Why nothing is missed: storing statements
 * hold ROW EXCLUSIVE on `lane` until they commit, and take their snapshot after their locks. Behind the lock that is taken here,
 * no statement is in flight that read the client without its flag; those that come after it see the flag, get a greater id, and
 * write a lane.
 */
export async function insertEndpoint(pool: pg.Pool, endpoint: NewEndpoint): Promise<Inserted> {
  try {
    return await inTransaction(pool, (client) => insert(client, endpoint));
  } catch (error) {
    if (sqlStateOf(error) === LOCK_NOT_AVAILABLE) return { kind: 'busy' };
    if (sqlStateOf(error) === UNIQUE_VIOLATION) return { kind: 'exists' };
    if (isForeignKeyViolation(error)) return { kind: 'unknown_client' };
    throw error;
  }
}

async function insert(client: pg.ClientBase, endpoint: NewEndpoint): Promise<Inserted> {
  const { tenantId, clientId, id, secrets } = endpoint;
  await client.query('set transaction isolation level read committed');
  const cluster = await clusterState(client);
  if (cluster === 'other') return { kind: 'other_cluster' };
  if (cluster === 'unset') await adoptCluster(client);
  if (!(await switchOn(client, tenantId, clientId))) return { kind: 'unknown_client' };
  const { names, values } = columnsOf(endpoint.options);
  const { rows } = await client.query<{ number: string; xid: string }>(
    `insert into endpoint (tenant_id, client_id, id, ${names.join(', ')})
     values ($1, $2, $3, ${names.map((_, i) => `$${i + 4}`).join(', ')})
     returning number, pg_current_xact_id()::text as xid`,
    [tenantId, clientId, id, ...values],
  );
  const { number, xid } = rows[0] as { number: string; xid: string };
  for (const [index, { kind, sealed }] of secrets.entries())
    await client.query('insert into endpoint_secret (endpoint, id, kind, sealed) values ($1, $2, $3, $4)', [
      number,
      index + 1,
      kind,
      sealed,
    ]);
  await client.query('insert into endpoint_mark (endpoint, xid, facts_from) values ($1, $2, $3)', [
    number,
    xid,
    uuid7LowerBound(Date.now() - CLOCK_MARGIN_MS),
  ]);
  return { kind: 'added', replay: await insertReplay(client, number, endpoint.from) };
}

/** In the same transaction, so that a process that dies leaves either no endpoint or a replay that can be continued. */
async function insertReplay(
  client: pg.ClientBase,
  number: string,
  from: Date | undefined,
): Promise<string | undefined> {
  if (from === undefined) return undefined;
  const { rows } = await client.query<{ id: string }>(
    `insert into replay (endpoint, kind, since, boundary, position)
     values ($1, 'from', $2, pg_current_xact_id(), $3)
     returning id::text as id`,
    [number, from, uuid7LowerBound(from.getTime())],
  );
  return rows[0]?.id;
}

/**
 * Waits until all stores in flight have ended, and switches the lanes of the client on: what commits from then on is in a lane
 * behind the mark. That goes for a further endpoint too: a transaction in flight has an older id than its mark.
 * Returns false when the client is not registered.
 */
async function switchOn(client: pg.ClientBase, tenantId: string, clientId: string): Promise<boolean> {
  const { rows } = await client.query<{ on: boolean }>(
    'select has_endpoint as on from client where tenant_id = $1 and id = $2 for no key update',
    [tenantId, clientId],
  );
  const [found] = rows;
  if (found === undefined) return false;
  await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
  await client.query('lock table only lane in share mode');
  if (!found.on)
    await client.query('update client set has_endpoint = true where tenant_id = $1 and id = $2', [
      tenantId,
      clientId,
    ]);
  return true;
}
