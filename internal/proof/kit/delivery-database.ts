import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Endpoint, Message } from '../../sender/ports.ts';
import { headersContext, Sealing, secretContext } from '../../postgres/sealing.ts';
import { PostgresStore } from '../../postgres/store.ts';
import { inTransaction } from '../../postgres/transaction.ts';
import { endpointOf } from './delivery-rows.ts';
import type { StoringTransaction } from './delivery-store-rig.ts';
import { plainEvent } from './events.ts';
import { storableEvent } from './storable.ts';

export const TEST_SEALING = new Sealing([{ name: 'test', key: randomBytes(32) }]);

/** Writes down an endpoint as it is given, and that its client has one, with a mark from now on. Returns its number. */
export async function insertEndpoint(
  pool: pg.Pool,
  given: Partial<Endpoint> = {},
  sealing = TEST_SEALING,
): Promise<number> {
  const { id, ...endpoint } = endpointOf({ id: `e${randomBytes(6).toString('hex')}`, ...given }, 0);
  const headers = Object.keys(endpoint.headers);
  const name = { tenantId: endpoint.tenantId, id };
  return inTransaction(pool, async (client) => {
    await client.query('insert into tenant (id) values ($1) on conflict do nothing', [endpoint.tenantId]);
    await client.query(
      `insert into event_type (tenant_id, name) values ($1, 'user-app') on conflict do nothing`,
      [endpoint.tenantId],
    );
    await client.query('insert into client (tenant_id, id) values ($1, $2) on conflict do nothing', [
      endpoint.tenantId,
      endpoint.clientId,
    ]);
    await client.query('update client set has_endpoint = true where tenant_id = $1 and id = $2', [
      endpoint.tenantId,
      endpoint.clientId,
    ]);
    const { rows } = await client.query<{ number: string }>(
      `insert into endpoint (tenant_id, client_id, id, url, event_types, format, header_names, sealed_headers,
                             rate_per_second, concurrency, ordered, timeout_seconds, retry_seconds, state)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning number`,
      [
        endpoint.tenantId,
        endpoint.clientId,
        id,
        endpoint.url,
        endpoint.eventTypes,
        endpoint.format,
        headers,
        headers.length === 0
          ? null
          : sealing.seal(Buffer.from(JSON.stringify(endpoint.headers)), headersContext(name)),
        endpoint.ratePerSecond,
        endpoint.concurrency,
        endpoint.ordered,
        endpoint.timeoutSeconds,
        endpoint.retrySeconds,
        endpoint.state,
      ],
    );
    const number = Number(rows[0]?.number);
    for (const [i, { kind, key, expiresAtMs }] of endpoint.secrets.entries())
      await client.query(
        `insert into endpoint_secret (endpoint, id, kind, sealed, expires_at)
         values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000))`,
        [number, i + 1, kind, sealing.seal(key, secretContext(name)), expiresAtMs ?? null],
      );
    await client.query(
      `insert into endpoint_mark (endpoint, xid, facts_from)
       values ($1, pg_current_xact_id(), '00000000-0000-0000-0000-000000000000')`,
      [number],
    );
    return number;
  });
}

/** Begins a transaction in which the real storing statement runs. */
export async function beginStoring(pool: pg.Pool): Promise<StoringTransaction> {
  const client = await pool.connect();
  await client.query('begin');
  // Unprepared: the refusal of a prepared statement by a pooler would end the transaction.
  const query = ({ text, values }: pg.QueryConfig) => client.query(text, values);
  const store = new PostgresStore({ pool: { query } as unknown as pg.Pool });
  const end = async (how: 'commit' | 'rollback') => {
    await client.query(how);
    client.release();
  };
  return {
    async add(...messages) {
      const events = messages.map(storableOf);
      const outcomes = await store.store(events);
      const refused = outcomes.find(({ kind }) => kind !== 'stored');
      if (refused !== undefined) throw new Error(`not stored: ${refused.kind}`);
      for (const [i, { deliverAfterMs }] of messages.entries())
        if (deliverAfterMs !== undefined)
          await client.query(
            'update message set deliver_after = to_timestamp($2::float8 / 1000) where id = $1',
            [events[i]?.messageId, deliverAfterMs],
          );
      return events.map(({ messageId }) => messageId);
    },
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  };
}

/** Every one is an event of its own, unless an event id is given. */
export function storableOf({ id, ...given }: Partial<Message>) {
  const event_id = given.eventId ?? randomBytes(8).toString('hex');
  const identity = plainEvent(event_id, { client_id: 'client-1', source: given.source ?? 'test' });
  const storable = storableEvent(identity, id === undefined ? {} : { messageId: id });
  return { ...storable, event: { ...storable.event, ...given } };
}
