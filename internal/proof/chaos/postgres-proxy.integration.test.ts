import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { until } from '#internal/proof/kit/until.ts';
import { type Moment, PostgresProxy } from './postgres-proxy.ts';

let database: TestDatabase;
let proxy: PostgresProxy;
let client: pg.Client;

const patience = () => AbortSignal.timeout(5_000);
const isInsert = (sql: string) => sql.startsWith('insert');
const insert = () => client.query('insert into row values ($1)', [1]);

beforeEach(async () => {
  database = await createDatabase({ migrated: false });
  await database.pool.query('create table row (n integer)');
  proxy = await PostgresProxy.start(database.url);
  client = new pg.Client({ connectionString: proxy.url });
  client.on('error', () => {});
  await client.connect();
});
afterEach(async () => {
  await client.end().catch(() => {});
  await proxy[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function rows(): Promise<number> {
  return (await database.pool.query('select from row')).rowCount ?? 0;
}

async function statementsRun(): Promise<number> {
  const { rowCount } = await database.pool.query(
    `select from pg_stat_activity where datname = current_database() and query like 'insert%'`,
  );
  return rowCount ?? 0;
}

test('forwards statements that nothing waits for', async () => {
  await insert();
  expect(await rows()).toBe(1);
});

test.each<[Moment, number, number]>([
  ['before_statement', 0, 0],
  ['before_commit', 1, 0],
  ['after_commit', 1, 1],
])('holds a statement %s', async (moment, runs, committed) => {
  const catching = proxy.catchAt(moment, isInsert, patience());
  const inserted = insert();
  const caught = await catching;
  await until(async () => (await statementsRun()) === runs, { what: 'PostgreSQL to get that far' });
  expect(await rows()).toBe(committed);
  caught.letGo();
  await inserted;
  expect(await rows()).toBe(1);
});

test.each<[Moment, number]>([
  ['before_statement', 0],
  ['before_commit', 0],
  ['after_commit', 1],
])('a connection that is cut %s leaves %i rows', async (moment, left) => {
  const catching = proxy.catchAt(moment, isInsert, patience());
  const problem = insert().catch((error: Error) => error.message);
  (await catching).cut();
  expect(await problem).toMatch(/Connection terminated/);
  await until(async () => (await statementsRun()) === 0, { what: 'the session to end' });
  expect(await rows()).toBe(left);
});

test.each<[Moment, number]>([
  ['before_statement', 2],
  ['before_commit', 2],
  ['after_commit', 3],
])('catches a prepared statement %s that is sent as a name and binary values', async (moment, left) => {
  const insertAgain = () =>
    client.query({ name: 'kept', text: 'insert into row values ($1)', values: [Buffer.from([0, 0, 0, 7])] });
  await insertAgain();
  await insertAgain();
  const catching = proxy.catchAt(moment, isInsert, patience());
  const problem = insertAgain().catch((error: Error) => error.message);
  (await catching).cut();
  expect(await problem).toMatch(/Connection terminated/);
  await until(async () => (await statementsRun()) === 0, { what: 'the session to end' });
  const { rows: found } = await database.pool.query('select n from row');
  expect(found).toEqual(Array.from({ length: left }, () => ({ n: 7 })));
});

test('catches one statement and not the next', async () => {
  const catching = proxy.catchAt('before_statement', isInsert, patience());
  const first = insert();
  (await catching).letGo();
  await first;
  await insert();
  expect(await rows()).toBe(2);
});

test('gives up when no connection comes', async () => {
  await expect(proxy.catchAt('after_commit', isInsert, AbortSignal.timeout(20))).rejects.toThrow(
    'no connection',
  );
});

test('half-open connections stay silent, and new ones work', async () => {
  expect(proxy.stall()).toBe(1);
  let answered = false;
  const silent = client.query('select 1').then(
    () => {
      answered = true;
    },
    () => {},
  );
  const other = new pg.Client({ connectionString: proxy.url });
  await other.connect();
  await other.query('select 1');
  await other.end();
  expect(answered).toBe(false);
  proxy.cut();
  await silent;
  expect(answered).toBe(false);
});
