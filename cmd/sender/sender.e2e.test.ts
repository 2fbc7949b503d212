import { describe, expect, inject, test } from 'vitest';
import { type Behaviour, FRIENDLY } from '#internal/load/receivers/behaviour.ts';
import { DeliveryLedger } from '#internal/load/receivers/delivery-ledger.ts';
import { openReceivers } from '#internal/load/receivers/receivers.ts';
import { addEndpoint } from '#internal/operations/endpoints/add.ts';
import { applyGrants, planGrants } from '#internal/operations/grants.ts';
import { Sealing } from '#internal/postgres/sealing.ts';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { findPgBouncer, type InstalledPgBouncer, startPgBouncer } from '#internal/proof/kit/pgbouncer.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { testRoles } from '#internal/proof/kit/roles.ts';
import { storeMessages } from '#internal/proof/kit/test-endpoint.ts';
import { until } from '#internal/proof/kit/until.ts';

const SEALING_KEY = Buffer.alloc(32, 5);
const SECRET = Buffer.alloc(32, 6);
const SECONDS = 30_000;

function start(database: Pick<TestDatabase, 'url'>, more: Readonly<Record<string, string>> = {}): Program {
  return new Program('sender/main.ts', [], {
    DATABASE_URL: database.url,
    SENDER_KEYS: `test:${SEALING_KEY.toString('base64')}`,
    SENDER_ALLOW_HTTP: 'true',
    SENDER_ALLOW_CIDRS: '127.0.0.0/8',
    HEALTH_PORT: '0',
    ...more,
  });
}

/** Receivers that check signatures; `behaviour` is what they do from now on. */
async function receive(first: Partial<Behaviour> = {}) {
  const it = { behaviour: { ...FRIENDLY, ...first } };
  const ledger = new DeliveryLedger();
  const receivers = await openReceivers({
    port: 0,
    host: '127.0.0.1',
    behaviourOf: () => it.behaviour,
    keysOf: () => [SECRET],
    seed: 1,
    ledger,
  });
  return Object.assign(it, {
    url: receivers.url,
    received: () => ledger.received,
    has: (messages: number) =>
      until(() => ledger.received.delivered >= messages, {
        what: `${messages} deliveries of ${JSON.stringify(ledger.received)}`,
        timeoutMs: SECONDS,
      }),
    [Symbol.asyncDispose]: () => receivers[Symbol.asyncDispose](),
  });
}

/** Adds endpoints of client-3 of tenant default. */
async function addEndpoints({ pool }: TestDatabase, url: string, ids: readonly string[]): Promise<void> {
  const sealing = new Sealing([{ name: 'test', key: SEALING_KEY }]);
  for (const id of ids) {
    const wanted = {
      tenantId: 'default',
      clientId: 'client-3',
      id,
      options: { url: `${url}/hooks/${id}`, retrySeconds: Array.from({ length: 20 }, () => 1) },
      headers: {},
      secret: { kind: 'hmac', key: SECRET },
      ed25519: false,
      from: undefined,
    } as const;
    const { signal } = new AbortController();
    expect(await addEndpoint(pool, wanted, { sealing, signal, waiting() {} })).toMatchObject({
      kind: 'added',
    });
  }
}

async function page(program: Program, path: string): Promise<{ status: number; text: string }> {
  const { healthPort } = await program.logged('ready');
  const response = await fetch(`http://127.0.0.1:${String(healthPort)}${path}`);
  return { status: response.status, text: await response.text() };
}

async function metric(program: Program, name: string): Promise<number> {
  const { text } = await page(program, '/metrics');
  return Number(new RegExp(`^event_sender_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

test('the sender delivers what is stored, signed, again after failures, and ends with balanced books', async () => {
  await using database = await createDatabase();
  await using receivers = await receive({
    statuses: [
      { status: 204, share: 0.8 },
      { status: 500, share: 0.2 },
    ],
  });
  await addEndpoints(database, receivers.url, ['one', 'two']);
  await storeMessages(database.pool, 50);
  await using sender = start(database);
  await receivers.has(100);
  await storeMessages(database.pool, 50);
  await receivers.has(200);
  expect(await page(sender, '/livez')).toMatchObject({ status: 200 });
  expect(await page(sender, '/readyz')).toEqual({ status: 200, text: 'postgres: ok\nrunning: ok\n' });
  expect(await metric(sender, 'shards')).toBe(64);
  expect(await metric(sender, 'endpoints')).toBe(2);
  expect((await page(sender, '/metrics')).text).toContain(
    'event_sender_endpoints_by_state{state="active"} 2',
  );
  sender.signal('SIGTERM');
  expect(await sender.exited).toEqual({ code: 0, signal: null });
  expect(await sender.logged('stopped')).toMatchObject({ delivered: 200, inFlight: 0, balanced: true });
  const { requests, messages, duplicates, badSignatures } = receivers.received();
  expect({ messages, duplicates, badSignatures }).toEqual({ messages: 200, duplicates: 0, badSignatures: 0 });
  expect(requests).toBeGreaterThan(200);
  const { rowCount: attempts } = await database.pool.query('select from attempt');
  expect(attempts).toBe(requests);
  expect((await database.pool.query('select from retry')).rowCount).toBe(0);
});

test('two senders share the endpoints, and one takes over when the other ends', async () => {
  await using database = await createDatabase();
  await using receivers = await receive();
  const ids = Array.from({ length: 12 }, (_, i) => `e-${i}`);
  await addEndpoints(database, receivers.url, ids);
  await using first = start(database);
  await until(async () => (await metric(first, 'shards')) === 64, { what: 'all shards', timeoutMs: SECONDS });
  await using second = start(database);
  for (const sender of [first, second])
    await until(async () => (await metric(sender, 'shards')) === 32, {
      what: 'half of them',
      timeoutMs: SECONDS,
    });
  await storeMessages(database.pool, 20);
  await receivers.has(240);
  first.signal('SIGTERM');
  expect(await first.exited).toEqual({ code: 0, signal: null });
  await until(async () => (await metric(second, 'shards')) === 64, {
    what: 'all shards',
    timeoutMs: SECONDS,
  });
  await storeMessages(database.pool, 20);
  await receivers.has(480);
  second.signal('SIGTERM');
  expect(await second.exited).toEqual({ code: 0, signal: null });
  expect(receivers.received()).toMatchObject({ requests: 480, duplicates: 0 });
});

test('a second signal gives up requests in flight, and they are made again after the next start', async () => {
  await using database = await createDatabase();
  await using receivers = await receive({ hang: 1 });
  await addEndpoints(database, receivers.url, ['slow']);
  await storeMessages(database.pool, 5);
  await using sender = start(database);
  await until(async () => (await metric(sender, 'deliveries_in_flight')) > 1, {
    what: 'requests in flight',
    timeoutMs: SECONDS,
  });
  sender.signal('SIGTERM');
  await sender.logged('SIGTERM: draining; once more to stop now');
  sender.signal('SIGTERM');
  expect(await sender.exited).toEqual({ code: 0, signal: null });
  expect(await sender.logged('stopped')).toMatchObject({ delivered: 0, inFlight: 0, balanced: true });
  receivers.behaviour = FRIENDLY;
  await using next = start(database);
  await receivers.has(5);
  next.signal('SIGTERM');
  expect(await next.exited).toEqual({ code: 0, signal: null });
});

test('under the role of a sender it delivers, retries and disables, and the metrics know all', async () => {
  await using database = await createDatabase();
  await using roles = testRoles(database.pool);
  const role = await roles.make('sender');
  await applyGrants(database.pool, await planGrants(database.pool, { sender: role }));
  await using receivers = await receive({ statuses: [{ status: 410, share: 1 }] });
  await addEndpoints(database, receivers.url, ['gone']);
  await storeMessages(database.pool, 3);
  const as = { url: roles.urlFor(database.url, role) };
  {
    await using sender = start(as, { MIGRATE: 'false' });
    const { reason } = await sender.logged('endpoint disabled');
    expect(reason).toContain('410');
    sender.signal('SIGTERM');
    expect(await sender.exited).toEqual({ code: 0, signal: null });
  }
  receivers.behaviour = FRIENDLY;
  await database.pool.query("update endpoint set state = 'active', state_reason = null");
  await using next = start(as, { MIGRATE: 'false' });
  await receivers.has(3);
  await until(
    async () => (await page(next, '/metrics')).text.includes('\nevent_sender_endpoints_by_state{'),
    {
      what: 'the states of endpoints',
    },
  );
  next.signal('SIGTERM');
  expect(await next.exited).toEqual({ code: 0, signal: null });
  expect(next.logs.filter(({ level }) => level === 'warn')).toEqual([]);
});

const pgBouncer = await findPgBouncer();
/** Tests behind a pooler are left to CI, which sets LONG_PROOFS=true. */
const isLong = process.env['LONG_PROOFS'] === 'true';

describe.skipIf(pgBouncer === undefined || !isLong)('behind PgBouncer in transaction mode', () => {
  test.for([{ preparedStatements: false }, { preparedStatements: true }])(
    'two senders share the endpoints, deliver each message once, and hand over (prepared statements: $preparedStatements)',
    async ({ preparedStatements }, { skip }) => {
      const installed = pgBouncer as InstalledPgBouncer;
      skip(preparedStatements && !installed.carriesPreparedStatements, 'needs PgBouncer 1.21');
      await using database = await createDatabase();
      await using pooler = await startPgBouncer(installed, inject('databaseUrl'), {
        preparedStatements,
        settings: ['ignore_startup_parameters = statement_timeout'],
      });
      const pooled = { url: pooler.urlOf(database.url) };
      await using receivers = await receive();
      await addEndpoints(
        database,
        receivers.url,
        Array.from({ length: 4 }, (_, i) => `e${i}`),
      );
      await using first = start(pooled);
      await using second = start(pooled);
      for (const sender of [first, second])
        await until(async () => (await metric(sender, 'endpoints')) === 2, {
          what: 'its share of the endpoints',
          timeoutMs: SECONDS,
        });
      await storeMessages(database.pool, 50);
      await receivers.has(200);
      first.signal('SIGTERM');
      expect(await first.logged('stopped')).toMatchObject({ inFlight: 0, balanced: true });
      await storeMessages(database.pool, 50);
      await receivers.has(400);
      const { messages, duplicates } = receivers.received();
      expect({ messages, duplicates }).toEqual({ messages: 400, duplicates: 0 });
    },
  );
});
