import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { Sealing, secretContext } from '../../../postgres/sealing.ts';
import { inTransaction } from '../../../postgres/transaction.ts';
import { TENANTS } from '../databases.ts';
import { tenantName } from '../load.ts';
import { PAYLOAD, SOURCE, TYPE } from './sample.ts';

/** What a storing statement of the processor holds at full load. */
const BATCH_MESSAGES = 500;
/** Messages of one client in such a batch. */
const OF_ONE_CLIENT = 25;
const ZERO_ID = '00000000-0000-0000-0000-000000000000';

const KEY = { name: 'bench', key: randomBytes(32) };

/** The sender's key, as its variable has it. */
export const SENDER_KEYS = `${KEY.name}:${KEY.key.toString('base64')}`;

interface Client {
  readonly tenantId: string;
  readonly clientId: string;
}

interface EndpointSpec {
  readonly url: string;
  /** Without it, one of its own. */
  readonly client?: Client;
  readonly timeoutSeconds?: number;
  readonly retrySeconds?: readonly number[];
}

/** The client of its own that the endpoint with that position has. Tenants take turns. */
function clientOf(position: number): Client {
  return { tenantId: tenantName(position % TENANTS), clientId: `bench-${position}` };
}

/**
 * Adds endpoints, each of a client of its own, that begin now. Triggers and foreign keys are left out: with thousands of rows
 * in one transaction, they would take minutes.
 */
export async function addEndpoints(pool: pg.Pool, specs: readonly EndpointSpec[], first = 0): Promise<void> {
  const sealing = new Sealing([KEY]);
  const names = specs.map(({ client }, i) => ({
    ...(client ?? clientOf(first + i)),
    id: `endpoint-${first + i}`,
  }));
  await inTransaction(pool, async (client) => {
    await client.query('set local session_replication_role = replica');
    await client.query(
      `insert into client (tenant_id, id, has_endpoint)
       select tenant, client, true from unnest($1::text[], $2::text[]) as c (tenant, client)
           on conflict (tenant_id, id) do update set has_endpoint = true`,
      [names.map(({ tenantId }) => tenantId), names.map(({ clientId }) => clientId)],
    );
    await client.query('update endpoint_revision set revision = revision + 1');
    await client.query(
      `with added as (
         insert into endpoint (tenant_id, client_id, id, url, timeout_seconds, retry_seconds, revision)
         select tenant, client, id, url, timeout, string_to_array(retries, ',')::integer[],
                (select revision from endpoint_revision)
           from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[])
                as e (tenant, client, id, url, timeout, retries)
         returning number, id
       ), marked as (
         insert into endpoint_mark (endpoint, xid, facts_from)
         select number, pg_current_xact_id(), '${ZERO_ID}' from added
       )
       insert into endpoint_secret (endpoint, id, kind, sealed)
       select number, 1, 'hmac', sealed from added join unnest($3::text[], $7::bytea[]) as s (id, sealed) using (id)`,
      [
        names.map(({ tenantId }) => tenantId),
        names.map(({ clientId }) => clientId),
        names.map(({ id }) => id),
        specs.map(({ url }) => url),
        specs.map(({ timeoutSeconds = 15 }) => timeoutSeconds),
        specs.map(({ retrySeconds = DEFAULT_RETRIES }) => retrySeconds.join(',')),
        names.map((name) => sealing.seal(randomBytes(32), secretContext(name))),
      ],
    );
  });
}

const DEFAULT_RETRIES = [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

interface BacklogSpec {
  readonly messages: number;
  /** Positions of the endpoints whose clients get them in turn: the first one, and how many. */
  readonly first?: number;
  readonly endpoints: number;
}

/**
 * Stores messages and their lanes as the storing statement does, in as many transactions: a batch of 500 messages has 25 of
 * each of its clients, or fewer where there are not that many.
 */
export async function storeBacklog(pool: pg.Pool, spec: BacklogSpec): Promise<void> {
  const { messages, endpoints, first = 0 } = spec;
  const ofOneClient = Math.max(1, Math.min(OF_ONE_CLIENT, Math.floor(messages / endpoints)));
  const clients = Math.min(endpoints, Math.floor(BATCH_MESSAGES / ofOneClient));
  const client = await pool.connect();
  try {
    await client.query('set synchronous_commit = off');
    await client.query(procedure());
    await client.query(`call store_backlog(${messages}, ${first}, ${endpoints}, ${clients}, ${ofOneClient})`);
    await client.query('reset synchronous_commit');
    await client.query('vacuum (analyze) message');
    await client.query('vacuum (analyze) lane');
    await client.query('checkpoint');
  } finally {
    client.release();
  }
}

/** Stores one message for each of the clients from that position on, in one durable transaction. */
export async function storeBatch(
  pool: pg.Pool,
  from: number,
  messages: number,
  endpoints: number,
): Promise<void> {
  await pool.query({
    name: 'store_batch',
    text: `${storing('select ($1::bigint + m) % $3::bigint as position from generate_series(0, $2::bigint - 1) m')} select`,
    values: [from, messages, endpoints],
  });
}

/** Ids are minted in the order of the commits. */
function procedure(): string {
  const positions = `
        select first + (turn + c) % endpoints as position
          from generate_series(0, clients - 1) c, generate_series(1, of_one) m
         limit least(total - done, clients * of_one)`;
  return `
create or replace procedure store_backlog(total bigint, first bigint, endpoints bigint, clients bigint, of_one bigint)
language plpgsql as $$
declare
  done bigint := 0;
  turn bigint := 0;
begin
  while done < total loop
    ${storing(positions)}
    select done + count(*) into done from stored;
    turn := turn + clients;
    commit;
  end loop;
end $$`;
}

/** Stores a message and its lane for each position of an endpoint that the query returns. */
function storing(positions: string): string {
  return `
    with stored as (
      insert into message (id, tenant_id, client_id, event_type, source, event_id, payload, occurred_at, received_at)
      select uuidv7(), 'tenant-' || position % ${TENANTS}, 'bench-' || position, '${TYPE}', '${SOURCE}',
             gen_random_uuid()::text, '${PAYLOAD}'::jsonb, now(), now()
        from (${positions}) as p
      returning id, tenant_id, client_id
    ), fed as (
      insert into lane (tenant_id, client_id, first_id, ids)
      select tenant_id, client_id, (array_agg(id))[1], array_agg(id) from stored group by 1, 2
    )`;
}
