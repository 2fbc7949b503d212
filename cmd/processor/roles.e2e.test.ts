import { describe, expect, inject, test } from 'vitest';
import { sqlStateOf } from '#internal/postgres/errors.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies, plainEvent } from '#internal/proof/kit/events.ts';
import { findPgBouncer, type InstalledPgBouncer, startPgBouncer } from '#internal/proof/kit/pgbouncer.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { type TestRoles, testRoles } from '#internal/proof/kit/roles.ts';
import { until } from '#internal/proof/kit/until.ts';

const found = await findPgBouncer();
/** Tests behind a pooler are left to CI, which sets LONG_PROOFS=true. */
const isLong = process.env['LONG_PROOFS'] === 'true';

async function admin(env: Readonly<Record<string, string>>, ...args: string[]) {
  await using program = new Program('admin/main.ts', args, env);
  const { code } = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

function environment(databaseUrl: string, queue: TestQueue): Record<string, string> {
  return {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: databaseUrl,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
    REPLAY_INTERVAL_SECONDS: '1',
    MIGRATE: 'false',
  };
}

/** A database as docs/operations.md sets it up: owner, processor, operator and reader, each with a role of its own. */
async function setUp(database: TestDatabase, queue: TestQueue, roles: TestRoles, schema = 'public') {
  const [owner, processor] = [await roles.make('owner', 'createrole'), await roles.make('processor')];
  const [operator, reader] = [await roles.make('operator'), await roles.make('reader')];
  const { pool } = database;
  const name = new URL(database.url).pathname.slice(1);
  if (schema === 'public') await pool.query(`alter database ${name} owner to "${owner}"`);
  else
    await pool.query(
      `create schema ${schema} authorization "${owner}"; alter role "${owner}" in database ${name} set search_path to ${schema};
       grant "${processor}", "${operator}", "${reader}" to "${owner}" with admin option`,
    );
  const as = (role: string) => environment(roles.urlFor(database.url, role), queue);
  expect(await admin(as(owner), 'migrate')).toMatchObject({ code: 0 });
  expect(await admin(as(owner), 'partitions', 'make')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('90 partitions made'),
  });
  const names = ['--owner', owner, '--processor', processor, '--operator', operator, '--reader', reader];
  expect(await admin(as(owner), 'database', 'grant', ...names)).toMatchObject({ code: 0, stderr: '' });
  return { as, owner, processor, operator, reader };
}

async function rejectedThenReplayed(
  url: string,
  database: TestDatabase,
  queue: TestQueue,
  schema = 'public',
) {
  await using processor = new Program('processor/main.ts', [], environment(url, queue));
  await processor.logged('ready');
  await queue.send([
    ...plainBodies(50),
    ...plainBodies(5),
    JSON.stringify(plainEvent(1, { message: 'another' })),
    JSON.stringify(plainEvent('late', { client_id: 'late' })),
  ]);
  const count = async (table: string) =>
    (await database.pool.query(`select from ${schema}.${table}`)).rowCount;
  await until(async () => (await count('rejection')) === 2, { what: 'the rejections', timeoutMs: 30_000 });
  await database.pool.query(`insert into ${schema}.client (tenant_id, id) values ('default', 'late')`);
  await until(async () => (await count('message')) === 51, { what: 'the replay', timeoutMs: 30_000 });
  await until(async () => (await queue.counts()).total === 0, { what: 'the queue to be empty' });
  processor.signal('SIGTERM');
  expect(await processor.exited).toEqual({ code: 0, signal: null });
  expect(await processor.logged('stopped')).toMatchObject({
    stored: 50,
    duplicates: 5,
    rejected: 2,
    balanced: true,
  });
  return processor;
}

test('a processor under its role stores, rejects and replays, and can do no more', async () => {
  await using database = await createDatabase({ migrated: false });
  await using queue = await createQueue();
  await using roles = testRoles(database.pool);
  const { as, processor } = await setUp(database, queue, roles);
  const url = roles.urlFor(database.url, processor);
  const { logs } = await rejectedThenReplayed(url, database, queue);
  expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
  const { stdout } = await admin(as(processor), 'doctor');
  expect(stdout).toMatch(/ok +rights: processor_\w+ may store, and has no other rights\n/);
  expect(stdout).toMatch(/ok +partitions: made for the next \d\d days/);
  await using pool = closing(openPool(url, { max: 1, applicationName: 'test' }));
  const refused = [
    'truncate message_key',
    'truncate message',
    'truncate rejection',
    'delete from message_key',
    'delete from message',
    "update message set payload = '{}'",
    'update message_key set fingerprint = key',
    "insert into client (tenant_id, id) values ('default', 'mine')",
    'update event_type set schema = null',
    'drop table message',
    'alter table message disable trigger all',
    'create table mine (id bigint)',
    'create view mine as select 1',
    `delete from ${(await admin(as(processor), 'partitions', 'list')).stdout.match(/message_\d{8}/)?.[0]}`,
  ];
  const codes = refused.map((statement) => pool.query(statement).then(() => statement, sqlStateOf));
  expect(await Promise.all(codes)).toEqual(refused.map(() => '42501'));
  expect(await admin(as(processor), 'partitions', 'make', '--days', '60')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('lacks a right'),
  });
});

test('an operator registers, replays and discards under its role, and a reader reads', async () => {
  await using database = await createDatabase({ migrated: false });
  await using queue = await createQueue();
  await using roles = testRoles(database.pool);
  const { as, processor, operator, reader } = await setUp(database, queue, roles);
  await queue.send(['Hello', JSON.stringify(plainEvent('late', { client_id: 'late' })), ...plainBodies(3)]);
  await using draining = new Program('processor/main.ts', ['--until-empty'], as(processor));
  expect(await draining.exited).toMatchObject({ code: 0 });
  const done = { code: 0, stderr: '' };
  expect(await admin(as(reader), 'rejections', 'list')).toMatchObject(done);
  expect(await admin(as(reader), 'client', 'list')).toMatchObject(done);
  const refused = { code: 1, stderr: expect.stringContaining('lacks a right') };
  expect(await admin(as(reader), 'client', 'add', 'default', 'late')).toMatchObject(refused);
  expect(await admin(as(reader), 'rejections', 'discard', '--all', '--yes')).toMatchObject(refused);
  expect(await admin(as(operator), 'tenant', 'add', 'acme')).toMatchObject(done);
  expect(await admin(as(operator), 'client', 'add', 'default', 'late')).toMatchObject(done);
  expect(await admin(as(operator), 'event-type', 'add', 'acme', 'order')).toMatchObject(done);
  expect(await admin(as(operator), 'rejections', 'replay', '--all', '--json')).toMatchObject(done);
  expect(await admin(as(operator), 'rejections', 'discard', '--all', '--yes')).toMatchObject(done);
  const { rows } = await database.pool.query('select state from rejection order by id');
  expect(rows.map(({ state }) => String(state)).toSorted()).toEqual(['discarded', 'replayed']);
  expect((await database.pool.query('select from message')).rowCount).toBe(4);
  const mapping = [
    'mapping',
    'add',
    'm',
    '--member',
    '/kind=x',
    '--type',
    'user-app',
    '--client',
    'client-3',
  ];
  for (const args of [
    mapping,
    ['mapping', 'remove', 'm'],
    ['event-type', 'remove', 'acme', 'order', '--yes'],
    ['tenant', 'remove', 'acme', '--yes'],
  ])
    expect(await admin(as(operator), ...args)).toMatchObject(done);
  expect((await admin(as(operator), 'doctor')).stdout).toMatch(
    /warn +rights: .* has the rights of an operator/,
  );
  expect((await admin(as(reader), 'doctor')).stdout).toMatch(/warn +rights: .* has the rights of a reader/);
});

test('what waits for the migration under the role of a processor goes on when that has its rights', async () => {
  await using database = await createDatabase({ migrated: false });
  await using roles = testRoles(database.pool);
  const processor = await roles.make('processor');
  const env = { DATABASE_URL: roles.urlFor(database.url, processor) };
  await using waiting = new Program('admin/main.ts', ['migrate', '--wait', '60'], env);
  await until(() => waiting.stderr.includes('waiting: the database lacks the migrations'), {
    what: 'its word',
  });
  const asOwner = { DATABASE_URL: database.url };
  expect(await admin(asOwner, 'migrate')).toMatchObject({ code: 0 });
  await until(() => waiting.stderr.includes('lacks a right'), { what: 'its word on the rights' });
  expect(await admin(asOwner, 'database', 'grant', '--processor', processor)).toMatchObject({ code: 0 });
  expect(await waiting.exited).toEqual({ code: 0, signal: null });
  expect(waiting.stdout).toBe('the database is up to date\n');
});

test('print shows the SQL and changes nothing', async () => {
  await using database = await createDatabase();
  await using roles = testRoles(database.pool);
  const reader = await roles.make('reader');
  const env = { DATABASE_URL: database.url };
  const { stdout } = await admin(env, 'database', 'grant', '--reader', reader, '--print');
  expect(stdout).toMatch(/^begin;\n[^]*grant select on table [^]*commit;\n$/);
  const may = `select has_table_privilege('${reader}', 'message', 'select') as may`;
  expect((await database.pool.query(may)).rows).toEqual([{ may: false }]);
  await database.pool.query(stdout);
  expect((await database.pool.query(may)).rows).toEqual([{ may: true }]);
  const { code, stderr } = await admin(env, 'database', 'grant', '--reader', 'nobody-yet');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('create role "nobody-yet" login;\n  \\password "nobody-yet"'),
  });
});

describe.skipIf(found === undefined || !isLong)('behind PgBouncer in transaction mode', () => {
  test('a processor under its role finds a schema of its own', async () => {
    await using database = await createDatabase({ migrated: false });
    await using queue = await createQueue();
    await using roles = testRoles(database.pool);
    const { processor } = await setUp(database, queue, roles, 'events');
    await using pooler = await startPgBouncer(
      found as InstalledPgBouncer,
      roles.urlFor(inject('databaseUrl'), processor),
      { preparedStatements: false, settings: ['ignore_startup_parameters = statement_timeout'] },
    );
    await rejectedThenReplayed(pooler.urlOf(database.url), database, queue, 'events');
  });
});

function closing<T extends { end(): Promise<void> }>(pool: T): T & AsyncDisposable {
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() });
}
