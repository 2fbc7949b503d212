import { describe, expect, test } from 'vitest';
import { eventFingerprintV1 } from '../event/identity.ts';
import { mintUuid7 } from '../event/uuid7.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { rejection } from '../proof/kit/rejections-contract.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import type { StoreError } from '../processor/ports.ts';
import { dropPartitionsBefore } from './drop-partitions.ts';
import { listPartitions } from './partitions.ts';
import { addClient, addEventType, addTenant } from './registry/add.ts';
import { openPool } from './pool.ts';
import { newestRejection, openRejections } from './rejections/change.ts';
import { PreparedStatement } from './prepared-statement.ts';
import { STORE_STATEMENT } from './store-statement.ts';
import { PostgresStore } from './store.ts';

const storable = storableEvent;

async function setup() {
  const database = await createDatabase();
  return { database, pool: database.pool, store: new PostgresStore(database) };
}

const kinds = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

describe('store', () => {
  test('says of a batch that no statement can hold that a row of it is to blame, and stores each half', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const sqsAttributes = JSON.stringify({ x: 'x'.repeat(1_048_576) });
    const events = Array.from({ length: 600 }, (_, i) => {
      const event = storable(plainEvent(i));
      return { ...event, event: { ...event.event, sqsAttributes } };
    });
    await expect(store.store(events)).rejects.toMatchObject({
      kind: 'bad_row',
      cause: expect.any(RangeError),
    });
    expect(kinds(await store.store(events.slice(0, 2)))).toEqual(['stored', 'stored']);
    const { rows } = await pool.query(`select length(sqs_attributes ->> 'x') as length from message`);
    expect(rows).toEqual([{ length: 1_048_576 }, { length: 1_048_576 }]);
  });

  test('took the same event for a conflict once its partition was dropped and its keys came in another order', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const event = (message: string, id: string) =>
      storable(`{"event_type":"user-app","client_id":"client-3","event_id":"${id}","message":${message}}`);
    const first = event('{"a":1,"b":2.50}', 'r1');
    const ofAnOlderRelease = event('{"b":2,"a":1}', 'r2');
    await store.store([
      first,
      { ...ofAnOlderRelease, fingerprint: eventFingerprintV1(ofAnOlderRelease.event) },
    ]);
    const tomorrow = (await listPartitions(pool)).find(({ from }) => from > new Date());
    await dropPartitionsBefore(pool, tomorrow?.from as Date);
    expect((await pool.query('select from message')).rowCount).toBe(0);
    const again = [event('{ "b": 2.5, "a": 1e0 }', 'r1'), event('{"b":2,"a":1}', 'r2')];
    expect(await store.store(again)).toEqual([
      { kind: 'duplicate', messageId: first.messageId },
      { kind: 'duplicate', messageId: ofAnOlderRelease.messageId },
    ]);
    const others = [event('{"b":2.5,"a":2}', 'r1'), event('{"b":2,"a":2}', 'r2')];
    expect(kinds(await store.store(others))).toEqual(['id_conflict', 'id_conflict']);
  });

  test('writes rows that cannot be moved to the names of another tenant by hand', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    await addTenant(pool, 'other');
    await addClient(pool, 'other', 'client-3');
    await store.store([storable(plainEvent('a'))]);
    await expect(
      pool.query(
        "update message set tenant_id = 'other', client_id = 'client-1' where tenant_id = 'default'",
      ),
    ).rejects.toMatchObject({ code: '23503' });
  });

  test('stores one row when many write the same events at once, in opposite orders', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    for (let round = 0; round < 10; round += 1) {
      const ids = Array.from({ length: 100 }, (__, i) => `${round}-${i}`);
      const batches = [ids, ids.toReversed(), ids, ids.toReversed()];
      const outcomes = await Promise.all(
        batches.map((each) => store.store(each.map((id) => storable(plainEvent(id))))),
      );
      expect(kinds(outcomes.flat()).filter((kind) => kind === 'stored')).toHaveLength(100);
    }
    expect((await pool.query('select from message')).rowCount).toBe(1_000);
    expect((await pool.query('select from message_key')).rowCount).toBe(1_000);
  });

  test('writes the time before which a message must not be delivered, and null without one', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const times = ['2026-02-01T00:30:00.123456+01:00', undefined, '0001-01-01T00:00:00+05:00', 1_796_000_000];
    const events = times.map((deliver_after, i) =>
      storable(plainEvent(i, deliver_after === undefined ? {} : { deliver_after })),
    );
    await store.store(events);
    const { rows } = await pool.query<{ text: string | null }>(
      `select (deliver_after at time zone 'UTC')::text as text from message order by id`,
    );
    expect(rows.map(({ text }) => text)).toEqual([
      '2026-01-31 23:30:00.123456',
      null,
      '0001-12-31 19:00:00 BC',
      '2026-11-30 00:53:20',
    ]);
  });

  test('returns payload values as they came in', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const payload =
      '{"big":9007199254740993,"long":0.1000000000000000055511151231257827,"__proto__":{"a":1},"constructor":"c","emoji":"👩‍🚀","rtl":"שלום","empty":{},"none":[]}';
    await store.store([
      storable(`{"event_type":"user-app","client_id":"client-3","event_id":"a","message":${payload}}`),
    ]);
    const { rows } = await pool.query<{ same: boolean; text: string }>(
      'select payload = $1::jsonb as same, payload::text as text from message',
      [payload],
    );
    expect(rows[0]?.same).toBe(true);
    expect(rows[0]?.text).toContain('9007199254740993');
    expect(rows[0]?.text).toContain('0.1000000000000000055511151231257827');
    expect(rows[0]?.text).toContain('"__proto__"');
  });

  test('stores even when a pooler gives it a session without its prepared statement', async () => {
    const { database } = await setup();
    await using _ = database;
    const pool = openPool(database.url, { max: 1, applicationName: 'test' });
    const store = new PostgresStore({ pool });
    expect(kinds(await store.store([storable(plainEvent('a'))]))).toEqual(['stored']);
    await pool.query('deallocate all');
    expect(kinds(await store.store([storable(plainEvent('b'))]))).toEqual(['stored']);
    expect(kinds(await store.store([storable(plainEvent('c'))]))).toEqual(['stored']);
    await pool.end();
  });

  test('stores even when a pooler gives it a session that another client prepared', async () => {
    const { database } = await setup();
    await using _ = database;
    const pool = openPool(database.url, { max: 1, applicationName: 'test' });
    await pool.query(`prepare ${new PreparedStatement('store', STORE_STATEMENT).name} as select 1`);
    const store = new PostgresStore({ pool });
    expect(kinds(await store.store([storable(plainEvent('a'))]))).toEqual(['stored']);
    expect(kinds(await store.store([storable(plainEvent('b'))]))).toEqual(['stored']);
    await pool.end();
  });

  test('creates a missing partition at once', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const farMs = Date.UTC(2031, 4, 5, 12);
    const far = storable(plainEvent('a'), { messageId: mintUuid7(farMs) });
    expect(kinds(await store.store([far]))).toEqual(['stored']);
    expect((await listPartitions(pool)).map(({ name }) => name)).toContain('message_20310505');
  });

  test("takes a trigger's plain exception for PostgreSQL being away, and its check_violation for the row's fault", async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const raises = (what: string) =>
      pool.query(
        `create or replace function no() returns trigger language plpgsql as $$ begin ${what}; end $$;
         create or replace trigger no before insert on message for each row execute function no()`,
      );
    await raises(`raise exception 'no'`);
    await expect(store.store([storable(plainEvent('a'))])).rejects.toMatchObject({
      kind: 'unavailable',
      sqlState: 'P0001',
    });
    await raises(`raise exception 'no' using errcode = 'check_violation'`);
    await expect(store.store([storable(plainEvent('a'))])).rejects.toMatchObject({
      kind: 'bad_row',
      sqlState: '23514',
    });
  });

  test('calls a missing table unavailable, not a bad row', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    await pool.query('alter table message rename to elsewhere');
    await expect(store.store([storable(plainEvent('a'))])).rejects.toMatchObject({
      kind: 'unavailable',
      sqlState: '42P01',
    });
  });
});

describe('a lock that another session holds', () => {
  const LOCK_TIMEOUT_MS = 100;

  /** Stores an event of client-3 and type user-app while a session holds the locks of the statement. */
  async function storedWhile(statement: string, event = plainEvent('a')) {
    const { database, pool, store } = await setup();
    await using _ = database;
    await store.store([storable(plainEvent('old'))]);
    const session = await pool.connect();
    await session.query(`begin; ${statement}`);
    try {
      return await store.store([storable(event)], LOCK_TIMEOUT_MS);
    } finally {
      await session.query('rollback');
      session.release();
    }
  }

  test.each([
    ['on the client', "select from client where id = 'client-3' for update", 'a', ['client', 'client-3']],
    [
      'on the event type',
      "select from event_type where name = 'user-app' for update",
      'a',
      ['event_type', 'user-app'],
    ],
    ['on the key in the ledger', 'delete from message_key', 'old', []],
  ])('%s blocks the event that needs it, for a limited time', async (_, statement, id, [table, name]) => {
    await expect(storedWhile(statement, plainEvent(id))).rejects.toMatchObject({
      kind: 'blocked',
      sqlState: '55P03',
      awaits: table === undefined ? undefined : { table, row: { tenantId: 'default', name } },
    });
  });

  test('is reported with its table to every waiting store, and with its row to at least one', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const session = await pool.connect();
    await session.query("begin; select from client where id = 'client-3' for update");
    const events = [plainEvent('a'), plainEvent('b'), plainEvent('c')];
    const failures = await Promise.all(
      events.map((event) => store.store([storable(event)], LOCK_TIMEOUT_MS).catch((error: unknown) => error)),
    );
    await session.query('rollback');
    session.release();
    const awaits = failures.map((error) => (error as StoreError).awaits);
    expect(awaits.map((lock) => lock?.table)).toEqual(['client', 'client', 'client']);
    expect(awaits).toContainEqual({ table: 'client', row: { tenantId: 'default', name: 'client-3' } });
  });

  test.each([
    ['on other rows', "select from client where id = 'client-1' for update"],
    ['on the tenant', 'select from tenant for update'],
    ['that lets others refer to the client', "update client set registered_at = now() where id = 'client-3'"],
  ])('%s blocks nothing', async (_, statement) => {
    expect(await storedWhile(statement)).toMatchObject([{ kind: 'stored' }]);
  });

  test('on the partition of the day is PostgreSQL being away: no other event could be stored either', async () => {
    const lockIts = "do $$ begin execute (select 'lock table ' || tableoid::regclass from message); end $$";
    await expect(storedWhile(lockIts)).rejects.toMatchObject({ kind: 'unavailable', sqlState: '55P03' });
  });
});

describe('schemas', () => {
  test('get a new version with every change, also by hand, and never an old one', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const name = { tenantId: 'default', eventType: 'user-app' };
    const version = async () => (await store.schemas([name]))[0]?.version;
    expect(await version()).toBe('0');
    await addEventType(pool, 'default', 'user-app', '{"type": "object"}');
    const first = await version();
    await pool.query(`update event_type set schema = '{"type": "string"}' where name = 'user-app'`);
    const second = await version();
    await pool.query("delete from event_type where name = 'user-app'");
    expect(await version()).toBe('0');
    await addEventType(pool, 'default', 'user-app', '{"type": "object"}');
    expect(new Set([first, second, await version(), '0']).size).toBe(4);
  });
});

describe('rejections', () => {
  test('that were discarded are not reopened by a redelivery', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    await store.reject([rejection()]);
    await pool.query("update rejection set state = 'discarded'");
    await store.reject([rejection({ detail: 'too late', receiveCount: 2 })]);
    const { rows } = await pool.query('select state, detail, receive_count from rejection');
    expect(rows).toEqual([{ state: 'discarded', detail: rejection().detail, receive_count: 1 }]);
  });

  test('are settled whatever characters their detail contains', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    await store.reject([rejection()]);
    const { rows: ids } = await pool.query<{ id: string }>('select id from rejection');
    const refused = { id: ids[0]?.id ?? '', kind: 'refused', reason: 'id_conflict', claims: {} } as const;
    await store.settle([{ ...refused, detail: 'NUL \u0000 and half \ud800 of a pair' }]);
    expect((await pool.query('select state, detail from rejection')).rows).toEqual([
      { state: 'open', detail: 'NUL \uFFFD and half \uFFFD of a pair' },
    ]);
  });

  test('can be kept whatever they hold', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const nasty = 'NUL \u0000 and half \ud800 of a pair';
    const long = 'x'.repeat(100_000);
    await store.reject([
      rejection({
        body: nasty,
        detail: nasty,
        claims: { tenantId: nasty + long, clientId: long, eventType: long, source: long, eventId: nasty },
        attributes: { [nasty]: nasty },
        systemAttributes: { [nasty]: nasty },
      }),
    ]);
    const { rows } = await pool.query<{ body: string }>('select body from rejection_readable');
    expect(rows[0]?.body).toContain('\\000');
  });
});

describe('rejected whole bodies', () => {
  test('are read with everything needed to decide them again, and are settled without a message of their own', async () => {
    const { database, pool, store } = await setup();
    await using _ = database;
    const attributes = { 'content-encoding': 'gzip', SenderId: 'somebody else' };
    const systemAttributes = { SenderId: 'AIDA' };
    const kept = { attributes, systemAttributes, receiveCount: 3 };
    const whole = rejection({ eventIndex: null, reason: 'invalid_encoding', ...kept });
    await store.reject([whole]);
    const all = { afterId: '0', throughId: await newestRejection(pool), limit: 10, bytes: 1_000_000 };
    const { rejections } = await openRejections(pool, {}, all);
    const [open] = rejections;
    const { queue, sqsMessageId, body, receivedAt } = whole;
    expect(open).toEqual({
      id: all.throughId,
      queue,
      sqsMessageId,
      eventIndex: null,
      eventId: 'e',
      body,
      ...kept,
      receivedAt,
    });
    // As a release wrote it that kept all attributes in one column.
    await pool.query(
      'update rejection set attributes = attributes || system_attributes, system_attributes = null',
    );
    expect((await openRejections(pool, {}, all)).rejections).toMatchObject([
      { attributes: { 'content-encoding': 'gzip' }, systemAttributes },
    ]);
    await store.reject([rejection({ eventIndex: 0 })]);
    expect((await openRejections(pool, {}, all)).rejections).toHaveLength(1);
    await store.settle([{ id: all.throughId, kind: 'replayed', messageId: null, refusals: [] }]);
    const { rows } = await pool.query(
      'select state, settled_at is not null as settled, message_id from rejection order by id',
    );
    expect(rows).toEqual([
      { state: 'replayed', settled: true, message_id: null },
      { state: 'open', settled: false, message_id: null },
    ]);
  });
});
