import { describe, expect, inject, test } from 'vitest';
import { createDatabase } from '../proof/kit/database.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { findPgBouncer, startPgBouncer } from '../proof/kit/pgbouncer.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { migrate } from './migrate.ts';
import { ensurePartitions } from './partitions.ts';
import { openPool } from './pool.ts';
import { addClient } from './registry/add.ts';
import { showRejection } from './rejections/browse.ts';
import { openRejections } from './rejections/change.ts';
import { PostgresStore } from './store.ts';

/** Settings that an administrator may have changed for a database or a role, each with an unusual value. */
const ODD = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'iso_8601',
  timezone: 'Asia/Tokyo',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  default_transaction_isolation: 'serializable',
};

async function oddDatabase() {
  const database = await createDatabase({ migrated: false });
  const { rows } = await database.pool.query<{ name: string }>('select current_database() as name');
  for (const [setting, value] of Object.entries(ODD))
    await database.pool.query(`alter database ${rows[0]?.name} set ${setting} = '${value}'`);
  return database;
}

const pooler = await findPgBouncer();

describe.each([
  { way: 'directly', pooled: false },
  { way: 'through PgBouncer in transaction mode', pooled: true },
])('reached $way, a database with settings of its own', ({ pooled }) => {
  test.skipIf(pooled && pooler === undefined)('is migrated, written and read as usual', async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await oddDatabase());
    let { url } = database;
    if (pooled && pooler !== undefined) {
      const settings = ['ignore_startup_parameters = statement_timeout'];
      const bouncer = await startPgBouncer(pooler, inject('databaseUrl'), {
        preparedStatements: false,
        settings,
      });
      url = stack.use(bouncer).urlOf(url);
    }
    const pool = stack.adopt(openPool(url, { max: 4, applicationName: 'test' }), (opened) => opened.end());
    await migrate(pool);
    await ensurePartitions(pool, new Date(), 2);
    const store = new PostgresStore({ pool });
    const receivedAt = new Date('2026-03-04T05:06:07.890Z');
    const event = storableEvent(plainEvent('a', { occurred_at: '2026-03-04T05:06:07+01:00' }), {
      receivedAt,
    });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => store.store([event])));
    expect(outcomes.flat().every(({ kind }) => kind === 'stored')).toBe(true);
    await store.reject([
      {
        reason: 'unknown_client',
        detail: 'no such client',
        queue: 'events',
        sqsMessageId: 'sqs-1',
        eventIndex: null,
        claims: { tenantId: 'default', clientId: 'late', eventType: 'user-app' },
        body: 'a\\b\u0000ü',
        attributes: {},
        systemAttributes: {},
        receiveCount: 1,
        receivedAt,
      },
    ]);
    await addClient(pool, 'default', 'late');
    const { rejections } = await openRejections(
      pool,
      {},
      { afterId: '0', throughId: '9', limit: 10, bytes: 1_000 },
    );
    expect(rejections).toMatchObject([{ body: 'a\\b\u0000ü', eventIndex: null, receivedAt }]);
    expect(await showRejection(pool, '1')).toMatchObject({ source: null, eventId: null, receivedAt });
    const { rows } = await pool.query('select received_at, occurred_at from message');
    expect(rows).toEqual([{ received_at: receivedAt, occurred_at: new Date('2026-03-04T04:06:07Z') }]);
  });
});

test('a schema that is changed by hand from a session with another search path gets a new version', async () => {
  await using database = await createDatabase({ migrated: false });
  const { rows } = await database.pool.query<{ name: string }>('select current_database() as name');
  await database.pool.query('create schema app');
  await database.pool.query(`alter database ${rows[0]?.name} set search_path = app`);
  const pool = openPool(database.url, { max: 1, applicationName: 'test' });
  await migrate(pool);
  await pool.query('set search_path = public');
  await pool.query(`update app.event_type set schema = '{"type":"object"}' where name = 'user-app'`);
  const versions = await pool.query(
    "select schema_version > 0 as versioned from app.event_type where name = 'user-app'",
  );
  expect(versions.rows).toEqual([{ versioned: true }]);
  await pool.end();
});

test('a connection that breaks between the statements of a transaction ends only that transaction', async () => {
  await using database = await createDatabase();
  const pool = openPool(database.url, { max: 1, applicationName: 'test' });
  const client = await pool.connect();
  await client.query('begin');
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const ended = new Promise((resolve) => client.once('end', resolve));
  await database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
  await ended; // without a listener for its error, the process would have ended by now
  await expect(client.query('select 1')).rejects.toThrow(/not queryable|terminat/);
  client.release(true);
  expect((await pool.query('select 1')).rowCount).toBe(1);
  await pool.end();
});
