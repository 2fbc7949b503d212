import type pg from 'pg';
import { expect, test } from 'vitest';
import { LANES_LOCK } from '../../postgres/deliveries/horizon.ts';
import { deleteEndpoint } from '../../postgres/endpoints/remove.ts';
import { mintUuid7 } from '../../event/uuid7.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { addTestEndpoint, storeMessages } from '../../proof/kit/test-endpoint.ts';
import { until } from '../../proof/kit/until.ts';
import { runReplay } from '../deliveries/replay.ts';
import { addEndpoint, type EndpointWanted } from './add.ts';

const running = () => ({ signal: new AbortController().signal, progress() {} });
const A_DAY_AGO = () => new Date(Date.now() - 86_400_000);
const sealing = { seal: (plain: Buffer) => plain };

const WANTED: EndpointWanted = {
  tenantId: 'default',
  clientId: 'client-3',
  id: 'e',
  options: { url: 'https://example.com/' },
  headers: {},
  secret: undefined,
  ed25519: false,
  from: undefined,
};

/** All that the endpoint gets: from the lanes at or after its mark, and from its retries. */
async function given(pool: pg.Pool, number: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select unnest(l.ids)::text as id
       from endpoint e join endpoint_mark m on m.endpoint = e.number
       join lane l on l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= m.xid
      where e.number = $1
      union all
     select message_id::text from retry where endpoint = $1 and unit = 0 and due_at <= now()`,
    [number],
  );
  return rows.map(({ id }) => id).toSorted();
}

async function allMessages(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>('select id::text as id from message order by id');
  return rows.map(({ id }) => id);
}

test('endpoints that are added while messages are stored get each message once, those from before with the rest', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await storeMessages(pool, 2_500);
  const storing = new AbortController();
  const stores = Array.from({ length: 4 }, async () => {
    while (!storing.signal.aborted) await storeMessages(pool, 20);
  });
  const endpoints = [];
  for (const id of ['first', 'second', 'third'])
    endpoints.push(await addTestEndpoint(pool, id, { from: A_DAY_AGO() }));
  for (const { replay } of endpoints)
    expect(await runReplay(pool, replay ?? '', running())).toMatchObject({ complete: true });
  storing.abort();
  await Promise.all(stores);
  const all = await allMessages(pool);
  for (const { number } of endpoints) expect(await given(pool, number)).toEqual(all);
});

test('an endpoint is added when the stores in flight have ended: with what was stored before, it is given each message once', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTestEndpoint(pool, 'first');
  const slow = await pool.connect();
  await slow.query('begin');
  await slow.query('select pg_advisory_xact_lock_shared($1)', [LANES_LOCK]);
  const id = mintUuid7();
  await slow.query(
    `insert into message (id, tenant_id, client_id, event_type, source, event_id, payload, received_at)
     values ($1, 'default', 'client-3', 'user-app', 'test', 'slow', '1', now())`,
    [id],
  );
  await slow.query(
    `insert into lane (tenant_id, client_id, first_id, ids) values ('default', 'client-3', $1, array[$1::uuid])`,
    [id],
  );
  let isAdded = false;
  const adding = addTestEndpoint(pool, 'second', { from: A_DAY_AGO() }).then((added) => {
    isAdded = true;
    return added;
  });
  await storeMessages(pool, 3);
  expect(isAdded).toBe(false);
  await slow.query('commit');
  slow.release();
  const second = await adding;
  await runReplay(pool, second.replay ?? '', running());
  expect(await given(pool, second.number)).toEqual(await allMessages(pool));
});

test('an interrupted beginning in the past continues where it was, and repeats nothing that was delivered since', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await storeMessages(pool, 2_500);
  const { number, replay = '' } = await addTestEndpoint(pool, 'e', { from: A_DAY_AGO() });
  const interrupt = new AbortController();
  const run = { signal: interrupt.signal, progress: () => interrupt.abort() };
  expect(await runReplay(pool, replay, run)).toEqual({ messages: 1_000, complete: false });
  await pool.query('delete from retry'); // delivered
  expect(await runReplay(pool, replay, running())).toEqual({ messages: 2_500, complete: true });
  expect(await runReplay(pool, replay, running())).toEqual({ messages: 2_500, complete: true });
  expect(await given(pool, number)).toHaveLength(1_500);
});

test('of what was stored before, only wanted types are given, and what is delayed is not due yet', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await storeMessages(pool, 2);
  const wanted = await storeMessages(pool, 2, { event_type: 'monitor-app' });
  await pool.query(`update message set deliver_after = now() + interval '1 hour' where id = $1`, [wanted[0]]);
  const { number, replay = '' } = await addTestEndpoint(pool, 'e', {
    from: A_DAY_AGO(),
    options: { url: 'https://example.com', eventTypes: ['monitor-app', 'user.*'] },
  });
  expect(await runReplay(pool, replay, running())).toEqual({ messages: 2, complete: true });
  expect(await given(pool, number)).toEqual([wanted[1]]);
});

test('the lock for an endpoint waits for a store that hangs, and keeps other stores waiting only for a moment', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const hanging = await pool.connect();
  await hanging.query('begin; lock table lane in row exclusive mode');
  const waiting = Promise.withResolvers<void>();
  const { signal } = new AbortController();
  const adding = addEndpoint(pool, WANTED, { sealing, signal, waiting: waiting.resolve });
  await waiting.promise;
  const startedMs = performance.now();
  for (let i = 0; i < 20; i += 1) await storeMessages(pool, 1);
  expect(performance.now() - startedMs).toBeLessThan(8_000);
  await hanging.query('commit');
  hanging.release();
  expect(await adding).toMatchObject({
    kind: 'added',
    secrets: [{ kind: 'hmac', text: expect.stringMatching(/^whsec_/) }],
    unregistered: [],
  });
  const { rows } = await pool.query(`select has_endpoint from client where id = 'client-3'`);
  expect(rows).toEqual([{ has_endpoint: true }]);
});

test('is refused where it would be wrong, and says why', async () => {
  await using database = await createDatabase();
  const { pool, url } = database;
  const { signal } = new AbortController();
  const parts = { sealing, signal, waiting() {} };
  expect(await addEndpoint(pool, { ...WANTED, clientId: 'nobody' }, parts)).toEqual({
    kind: 'unknown_client',
  });
  expect(await addEndpoint(pool, { ...WANTED, ed25519: true }, parts)).toMatchObject({
    kind: 'added',
    secrets: [{ kind: 'hmac' }, { kind: 'ed25519', text: expect.stringMatching(/^whpk_/) }],
  });
  expect(await addEndpoint(pool, WANTED, parts)).toEqual({ kind: 'exists' });
  await pool.query('update sender_cluster set system_identifier = 1');
  expect(await addEndpoint(pool, { ...WANTED, id: 'f' }, parts)).toEqual({ kind: 'other_cluster' });
  const name = new URL(url).pathname.slice(1);
  await pool.query(`alter database ${name} set default_transaction_isolation = 'repeatable read'`);
  expect(await addEndpoint(pool, { ...WANTED, id: 'f' }, parts)).toEqual({
    kind: 'isolation',
    found: 'repeatable read',
  });
});

test('lanes are switched off with the last endpoint of a client', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTestEndpoint(pool, 'first');
  await addTestEndpoint(pool, 'second');
  const lanes = async () => (await pool.query('select from lane')).rowCount;
  expect(await deleteEndpoint(pool, { tenantId: 'default', id: 'first' })).toBe(true);
  await storeMessages(pool, 1);
  await until(async () => (await lanes()) === 1, { what: 'the lane' });
  expect(await deleteEndpoint(pool, { tenantId: 'default', id: 'second' })).toBe(true);
  expect(await deleteEndpoint(pool, { tenantId: 'default', id: 'second' })).toBe(false);
  await storeMessages(pool, 1);
  expect(await lanes()).toBe(1);
});

test('an endpoint that follows the last one of its client, which was removed while messages are stored, gets each message once', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const storing = new AbortController();
  const stores = Array.from({ length: 4 }, async () => {
    while (!storing.signal.aborted) await storeMessages(pool, 5);
  });
  let last = 0;
  for (let i = 0; i < 4; i += 1) {
    await addTestEndpoint(pool, `before-${i}`);
    await storeMessages(pool, 5);
    await deleteEndpoint(pool, { tenantId: 'default', id: `before-${i}` });
    const { number, replay } = await addTestEndpoint(pool, `after-${i}`, { from: A_DAY_AGO() });
    expect(await runReplay(pool, replay ?? '', running())).toMatchObject({ complete: true });
    last = number;
    if (i < 3) await deleteEndpoint(pool, { tenantId: 'default', id: `after-${i}` });
  }
  storing.abort();
  await Promise.all(stores);
  expect(await given(pool, last)).toEqual(await allMessages(pool));
});
