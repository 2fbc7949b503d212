import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { keepRejections } from '../postgres/rejections/keep.ts';
import { addClient, addEventType } from '../postgres/registry/add.ts';
import { openPool } from '../postgres/pool.ts';
import { PostgresStore } from '../postgres/store.ts';
import { MappingRegistry } from '../processor/mappings.ts';
import { SchemaRegistry } from '../processor/schemas.ts';
import { createDatabase, type TestDatabase } from '../proof/kit/database.ts';
import { waiting } from '../proof/kit/healing-contract.ts';
import { until } from '../proof/kit/until.ts';
import { countOf, fillWaiting } from '../proof/kit/waiting-rejections.ts';
import { healRejections } from '../processor/healing/heal-rejections.ts';
import { openHealing } from './open-healing.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

function noMappings(): MappingRegistry {
  const mappings = new MappingRegistry();
  mappings.update({ version: '1', mappings: [] });
  return mappings;
}

/** A process that heals, with connections of its own. */
function healer({ url }: TestDatabase, intervalSeconds = 0.05) {
  const pools = [1, 3].map((max) => openPool(url, { max, applicationName: 'healer' })) as [pg.Pool, pg.Pool];
  const drain = new AbortController();
  const counted = { replayed: 0 };
  const ended = healRejections(
    {
      healing: openHealing(pools[0]),
      store: new PostgresStore({ pool: pools[1] }),
      schemas: new SchemaRegistry(),
      mappings: noMappings(),
      maxExpandedBytes: 1_000_000,
      intervalSeconds,
      log,
      replayed: (rejections) => {
        counted.replayed += rejections;
      },
    },
    drain.signal,
  );
  return {
    counted,
    async [Symbol.asyncDispose]() {
      drain.abort();
      await ended;
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}

test('thousands that wait for one client are stored, each once, by one of three processes at a time', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 3_000);
  await using first = healer(database);
  await using second = healer(database);
  await using third = healer(database);
  await addClient(pool, 'default', 'late');
  const open = () => countOf(pool, `rejection where state = 'open'`);
  await until(async () => (await open()) === 0, { what: 'the replays', timeoutMs: 25_000 });
  expect(await countOf(pool, 'message')).toBe(3_000);
  const replayed = [first, second, third].reduce((sum, { counted }) => sum + counted.replayed, 0);
  expect(replayed).toBe(3_000);
});

test('100,000 unknown names do not keep a client waiting that is registered', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 100_000, { client: `'scan-' || md5(i::text)` });
  await fillWaiting(pool, 1, { client: `'newcust'` });
  await using _ = healer(database);
  await addClient(pool, 'default', 'newcust');
  await until(async () => (await countOf(pool, 'message')) === 1, { what: 'its event', timeoutMs: 5_000 });
});

test('1,500 that break the schema do not hold up the hundred good ones behind them', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const message = `case when i <= 1500 then '{"wrong":1}' else '{"id":"x"}' end`;
  await fillWaiting(pool, 1_600, { client: `'client-1'`, type: `'order'`, message });
  await using _ = healer(database);
  await addEventType(pool, 'default', 'order', '{"type":"object","required":["id"]}');
  await until(async () => (await countOf(pool, 'message')) === 100, { what: 'the good ones' });
  const violated = () => countOf(pool, `rejection where state = 'open' and reason = 'schema_violation'`);
  await until(async () => (await violated()) === 1_500, { what: 'the bad ones under their new reason' });
});

test('a rejection that is committed after its registration was healed is stored as well', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const writer = await pool.connect();
  await writer.query('begin');
  await keepRejections(writer, [waiting('a', 'late')], 1_000); // began before the registration, and is not committed yet
  await addClient(pool, 'default', 'late');
  await using _ = healer(database);
  const seen = () => countOf(pool, 'healing where seen_at is not null and due_at is null');
  await until(async () => (await seen()) === 1, { what: 'the first look' });
  await writer.query('commit');
  writer.release();
  await until(async () => (await countOf(pool, 'message')) === 1, { what: 'the event' });
});

test('what waits for a client that another session locks holds up no other, and is stored afterwards', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 300);
  await fillWaiting(pool, 300, { client: `'locked'` });
  const other = await pool.connect();
  await addClient(pool, 'default', 'locked');
  await other.query(`begin; select * from client where id = 'locked' for update`);
  await using _ = healer(database);
  await addClient(pool, 'default', 'late');
  await until(async () => (await countOf(pool, 'message')) === 300, {
    what: 'those of the other client',
    timeoutMs: 8_000,
  });
  await other.query('rollback');
  other.release();
  await until(async () => (await countOf(pool, 'message')) === 600, { what: 'all', timeoutMs: 15_000 });
});

test('names registered with SQL, also by a role that may not see the tasks, are healed', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 1);
  await fillWaiting(pool, 1, { client: `'renamed'` });
  const role = `registrar_${crypto.randomUUID().slice(0, 8)}`;
  await pool.query(`create role ${role}`);
  await pool.query(`grant insert, select, update on client to ${role}`);
  const client = await pool.connect();
  await client.query(`set role ${role}`);
  await client.query(
    `insert into client (tenant_id, id) values ('default', 'late'), ('default', 'old-name')`,
  );
  await client.query(`update client set id = 'renamed' where id = 'old-name'`);
  await client.query('reset role');
  client.release();
  await using _ = healer(database);
  await until(async () => (await countOf(pool, 'message')) === 2, { what: 'the events' });
  await pool.query(`drop owned by ${role}`);
  await pool.query(`drop role ${role}`);
});

test('what waited before the tasks were there, after an upgrade or a restore, is found at the start', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 10);
  await addClient(pool, 'default', 'late');
  await pool.query('delete from healing');
  await pool.query('delete from housekeeping');
  await using _ = healer(database, 60);
  await until(async () => (await countOf(pool, 'message')) === 10, { what: 'the events' });
});

/** Of twelve rejections of a megabyte, as they are filled in, a page takes five; all are healed. */
async function expectPagesOfFive(database: TestDatabase): Promise<void> {
  const { pool } = database;
  await addClient(pool, 'default', 'late');
  const page = await openHealing(pool).turn(async (turn) => {
    await turn.look({ everyMs: 0, youngMs: 0 });
    return turn.page({ tasks: 50, rejections: 1_000, bytes: 4_194_304 });
  });
  expect(page?.rejections).toHaveLength(5); // the fifth passes the bound
  await using _ = healer(database);
  await until(async () => (await countOf(pool, 'message')) === 12, {
    what: 'all of them',
    timeoutMs: 20_000,
  });
}

test('a page is bounded by bytes: bodies of a megabyte are healed a few at a time', async () => {
  await using database = await createDatabase();
  const message = `'"' || repeat(md5(i::text), 31250) || '"'`;
  await fillWaiting(database.pool, 12, { message });
  await expectPagesOfFive(database);
});

test('attributes count among the bytes of a page, as long as they are when they are read', async () => {
  await using database = await createDatabase();
  const attributes = `jsonb_build_object('x', repeat('"', 1000000))`; // stored in a fiftieth of that
  await fillWaiting(database.pool, 12, { attributes });
  await expectPagesOfFive(database);
});

test('a connection that breaks in the middle of a turn fails the turn, and nothing else', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 1);
  await addClient(pool, 'default', 'late');
  const broken = openPool(database.url, { max: 1, applicationName: 'to-be-broken' });
  const turn = openHealing(broken).turn(async () => {
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to-be-broken'`,
    );
  });
  await expect(turn).rejects.toMatchObject({ kind: 'unavailable' });
  await broken.end();
  await using _ = healer(database);
  await until(async () => (await countOf(pool, 'message')) === 1, { what: 'the event' });
});

describe("a step back of PostgreSQL's clock", () => {
  const AHEAD = [`now() + interval '1 day'`, `'infinity'`];

  test.each(AHEAD)('holds up no registration: times of %s count as past', async (ahead) => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 10);
    await fillWaiting(pool, 10, { client: `'other'` });
    await addClient(pool, 'default', 'late');
    await addClient(pool, 'default', 'other');
    await pool.query(
      `update housekeeping set due_at = ${ahead};
       update healing set due_at = ${ahead}, seen_at = ${ahead} where client_id = 'late';
       update healing set rests_until = ${ahead}, seen_at = ${ahead}, started_at = ${ahead} where client_id = 'other'`,
    );
    await using _ = healer(database);
    await until(async () => (await countOf(pool, 'message')) === 20, { what: 'the replays' });
    const sane = `healing where seen_at <= now() and (due_at is null or due_at <= now() + interval '1 minute')`;
    await until(async () => (await countOf(pool, sane)) === 2, { what: 'times of this clock' });
  });
});

test('positions of chores that mean nothing are the beginning', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 1);
  await addClient(pool, 'default', 'late');
  await pool.query(`update housekeeping set position = 'x'`);
  await using _ = healer(database);
  await until(async () => (await countOf(pool, 'message')) === 1, { what: 'the event' });
});
