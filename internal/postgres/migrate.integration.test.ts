import { describe, expect, test } from 'vitest';
import { mintUuid7 } from '../event/uuid7.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { MIGRATIONS } from '../proof/kit/migrations.ts';
import { newerProgram } from '../proof/kit/newer-program.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { until } from '../proof/kit/until.ts';
import { MigrationError, migrate, migrationProblem, migrationStatus } from './migrate.ts';
import { dropPartitionsBefore } from './drop-partitions.ts';
import { ensurePartitions, listPartitions } from './partitions.ts';
import { openPool } from './pool.ts';
import { PostgresStore } from './store.ts';

test('several migrators at once apply every migration once', async () => {
  await using database = await createDatabase({ migrated: false });
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(database.pool)));
  expect(applied.flat().toSorted((a, b) => (a < b ? -1 : 1))).toEqual(MIGRATIONS);
  expect(await migrationStatus(database.pool)).toMatchObject({ pending: [], changed: [], unknown: [] });
});

test('reports what is pending without changing anything', async () => {
  await using database = await createDatabase({ migrated: false });
  expect(await migrationStatus(database.pool)).toMatchObject({ applied: [], pending: MIGRATIONS });
  expect((await database.pool.query("select to_regclass('message') as found")).rows).toEqual([
    { found: null },
  ]);
});

test('refuses a migration that was changed after it was applied', async () => {
  await using database = await createDatabase();
  await database.pool.query("update schema_migration set checksum = 'other'");
  await expect(migrate(database.pool)).rejects.toThrow(MigrationError);
  await expect(migrate(database.pool)).rejects.toThrow(
    `${MIGRATIONS.join(', ')} were changed after they were applied`,
  );
});

describe('a schema that holds the tables of another program', () => {
  test('gets our tables beside them, and they are named', async () => {
    await using database = await createDatabase({ migrated: false });
    await database.pool.query(
      'create table orders (id bigint generated always as identity primary key, n serial); create view all_orders as select 1 as one',
    );
    const told: string[] = [];
    await migrate(database.pool, { tell: (message) => told.push(message) });
    expect(told).toEqual([
      "the schema public holds tables that are not this program's: all_orders, orders; they are left alone",
    ]);
  });

  test('is not reported for an empty schema', async () => {
    await using database = await createDatabase({ migrated: false });
    const told: string[] = [];
    await migrate(database.pool, { tell: (message) => told.push(message) });
    expect(told).toEqual([]);
  });

  test('is refused when a name is taken, with what to do, and is left unchanged', async () => {
    await using database = await createDatabase({ migrated: false });
    const names = ['a', 'b', 'c', 'd', 'tenant', 'users', 'visits'];
    for (const name of names) await database.pool.query(`create table ${name} (id int)`);
    const error = await migrate(database.pool).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MigrationError);
    expect((error as Error).message).toBe(
      'migration 0001_core.sql failed: relation "tenant" already exists; ' +
        "the schema public holds tables that are not this program's: a, b, c, d, tenant and 2 more. " +
        'Give this program a database of its own, or a schema of its own by "search_path" of its role',
    );
    const { rows } = await database.pool.query("select to_regclass('message') as message");
    expect(rows).toEqual([{ message: null }]);
  });

  test('is refused when it has a schema_migration of its own, which is not changed', async () => {
    await using database = await createDatabase({ migrated: false });
    await database.pool.query('create table schema_migration (version bigint primary key)');
    await expect(migrate(database.pool)).rejects.toThrow(
      'the table schema_migration belongs to another program',
    );
    const { rows } = await database.pool.query('select * from schema_migration');
    expect(rows).toEqual([]);
  });
});

const ADDS = '-- Works with programs from 0001_core.sql on.\nalter table message add column note text;\n';

describe('a database that is newer than the program', () => {
  test('is refused, unless the newer migrations say that they work with this program', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await using additive = await newerProgram({ '9001_adds.sql': ADDS });
    expect(await migrate(pool, additive)).toEqual(['9001_adds.sql']);
    expect(await migrationStatus(pool)).toMatchObject({ newer: ['9001_adds.sql'], unknown: [], pending: [] });
    expect(migrationProblem(await migrationStatus(pool))).toBeNull();
    expect(await migrate(pool)).toEqual([]);

    await using breaking = await newerProgram({
      '9001_adds.sql': ADDS,
      '9002_drops.sql': 'alter table message drop column traceparent;\n',
    });
    await migrate(pool, breaking);
    expect(await migrationStatus(pool)).toMatchObject({
      newer: ['9001_adds.sql'],
      unknown: ['9002_drops.sql'],
    });
    await expect(migrate(pool)).rejects.toThrow(
      'newer than this program: it has the migrations 9002_drops.sql',
    );
  });

  test('is refused when the migrations do not record that', async () => {
    await using database = await createDatabase();
    await database.pool.query('alter table schema_migration drop column works_with');
    await database.pool.query("insert into schema_migration (name, checksum) values ('9999_later.sql', '')");
    await expect(migrate(database.pool)).rejects.toThrow('newer than this program');
  });
});

describe('a migration', () => {
  test('may take longer than the time limit of statements', async () => {
    await using database = await createDatabase();
    const { rows } = await database.pool.query<{ name: string }>('select current_database() as name');
    await database.pool.query(`alter database ${rows[0]?.name} set statement_timeout = '100ms'`);
    await using program = await newerProgram({ '9001_slow.sql': 'select pg_sleep(0.5);\n' });
    const pool = openPool(database.url, { max: 1, applicationName: 'test', statementTimeoutMs: 0 });
    expect(await migrate(pool, program)).toEqual(['9001_slow.sql']);
    await pool.end();
  });

  test('waits for a table that is in use without delaying stores', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await using program = await newerProgram({ '9001_adds.sql': ADDS });
    const report = await pool.connect();
    await report.query('begin; select count(*) from message');
    const told: string[] = [];
    const migrating = migrate(pool, { ...program, tell: (message) => told.push(message) });
    await until(() => told.length > 0, { what: 'the message that it waits' });
    const store = new PostgresStore(database);
    expect(await store.store([storableEvent(plainEvent('meanwhile'))])).toMatchObject([{ kind: 'stored' }]);
    await report.query('commit');
    report.release();
    expect(await migrating).toEqual(['9001_adds.sql']);
    expect(told).toEqual([expect.stringContaining('in use')]);
  });

  test('gives up after its time limit, and changes nothing', async () => {
    await using database = await createDatabase();
    await using program = await newerProgram({ '9001_adds.sql': ADDS });
    const report = await database.pool.connect();
    await report.query('begin; select count(*) from message');
    await expect(migrate(database.pool, { ...program, maxWaitMs: 0 })).rejects.toThrow(
      '9001_adds.sql failed',
    );
    report.release(true);
    expect(await migrationStatus(database.pool)).toMatchObject({ newer: [], unknown: [] });
  });

  test('of a migrator that dies is ended by PostgreSQL, and another migrator applies it', async () => {
    await using database = await createDatabase();
    await using slow = await newerProgram({ '9001_adds.sql': `select pg_sleep(600);\n` });
    const dying = openPool(database.url, { max: 1, applicationName: 'dying', statementTimeoutMs: 0 });
    const sockets: { destroy(): void }[] = [];
    dying.on('connect', (client) => {
      sockets.push((client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream);
    });
    const died = migrate(dying, slow).catch((error: unknown) => error);
    const sleeps = async () =>
      (
        await database.pool.query(
          "select from pg_stat_activity where query like '%pg_sleep(600)%' and application_name = 'dying'",
        )
      ).rowCount;
    await until(sleeps, { what: 'the migration' });
    const told: string[] = [];
    await using program = await newerProgram({ '9001_adds.sql': ADDS });
    const migrating = migrate(database.pool, { ...program, tell: (message) => told.push(message) });
    await until(() => told.length > 0, { what: 'the second migrator to wait' });
    for (const socket of sockets) socket.destroy();
    expect(await died).toBeInstanceOf(Error);
    expect(await migrating).toEqual(['9001_adds.sql']);
    expect(told).toEqual([expect.stringContaining('another program is migrating')]);
  });
});

test('every table, column and view has a comment', async () => {
  await using database = await createDatabase();
  const { rows } = await database.pool.query(
    `select c.relname, a.attname from pg_class c
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
        and c.relname <> 'schema_migration' and col_description(c.oid, coalesce(a.attnum, 0)) is null
        and obj_description(c.oid) is null`,
  );
  expect(rows).toEqual([]);
});

test('retention drops whole days and leaves the ledger, so that an old event is still a duplicate', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const store = new PostgresStore(database);
  const old = storableEvent(plainEvent('old'), { messageId: mintUuid7(Date.now() + 1) });
  await store.store([old]);
  await ensurePartitions(pool, new Date('2020-02-28T12:00:00Z'), 3);
  expect(await dropPartitionsBefore(pool, new Date('2020-03-01T00:00:00Z'))).toEqual([
    'message_20200228',
    'message_20200229',
  ]);
  const tomorrow = (await listPartitions(pool)).find(({ from }) => from > new Date());
  await dropPartitionsBefore(pool, tomorrow?.from ?? new Date());
  expect((await pool.query('select from message')).rowCount).toBe(0);
  expect(await store.store([{ ...old, messageId: mintUuid7() }])).toEqual([
    { kind: 'duplicate', messageId: old.messageId },
  ]);
});
