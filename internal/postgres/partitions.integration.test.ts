import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { uuid7LowerBound } from '../event/uuid7.ts';
import { openDatabase } from '../operations/open-database.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { dropPartitionsBefore } from './drop-partitions.ts';
import {
  defaultPartition,
  ensurePartitions,
  isPartitioned,
  listPartitions,
  missingDays,
  NoPartitionError,
  partitionedUntil,
} from './partitions.ts';
import { PostgresStore } from './store.ts';

const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const NAME = 'message_20200101';

/** An id of that time; minted ones never go back. */
function mintUuid7At(milliseconds: number): string {
  return uuid7LowerBound(milliseconds).replace(
    /-0000-0000-0{12}$/,
    `-7000-8000-${randomBytes(6).toString('hex')}`,
  );
}

async function names(pool: Parameters<typeof listPartitions>[0]): Promise<string[]> {
  return (await listPartitions(pool)).map(({ name }) => name);
}

test('are created while a dump or a report holds locks on everything it reads', async () => {
  await using database = await createDatabase();
  const reader = await database.pool.connect();
  await reader.query('begin');
  await reader.query('select from message');
  await reader.query('select from client');
  await reader.query('select from event_type');
  expect(await ensurePartitions(database.pool, LONG_AGO, 1)).toEqual([
    NAME,
    'lane_20200101',
    'attempt_20200101',
  ]);
  await reader.query('rollback');
  reader.release();
});

test('are created while events are being stored, with the same keys and checks as all others', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const writer = await pool.connect();
  await writer.query('begin');
  await writer.query('lock table message in row exclusive mode; lock table client in row share mode');
  await ensurePartitions(pool, LONG_AGO, 1);
  await writer.query('commit');
  writer.release();
  const { rows } = await pool.query<{ kind: string; same: boolean }>(
    `select contype::text as kind,
            count(*) filter (where conrelid = $1::regclass) = count(*) filter (where conrelid = 'message'::regclass) as same
       from pg_constraint where conrelid in ($1::regclass, 'message'::regclass) group by contype order by contype`,
    [NAME],
  );
  expect(rows.filter(({ kind }) => 'cfp'.includes(kind))).toEqual(
    ['c', 'f', 'p'].map((kind) => ({ kind, same: true })),
  );
});

test('are created once, also by concurrent processes', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const from = new Date('2030-01-30T23:59:59Z');
  await Promise.all(Array.from({ length: 5 }, () => ensurePartitions(pool, from, 4)));
  expect((await names(pool)).filter((name) => name.startsWith('message_2030'))).toEqual([
    'message_20300130',
    'message_20300131',
    'message_20300201',
    'message_20300202',
  ]);
});

test('are dropped only when nothing has to wait for it', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 1);
  const reader = await pool.connect();
  await reader.query('begin');
  await reader.query('select from message');
  await expect(dropPartitionsBefore(pool, new Date('2021-01-01T00:00:00Z'))).rejects.toMatchObject({
    code: '55P03',
  });
  const store = new PostgresStore({ pool });
  expect(await store.store([storableEvent(plainEvent('a'))])).toMatchObject([{ kind: 'stored' }]);
  await reader.query('rollback');
  reader.release();
  expect(await dropPartitionsBefore(pool, new Date('2021-01-01T00:00:00Z'))).toEqual([NAME]);
  expect(await names(pool)).not.toContain(NAME);
});

describe('other bounds than its day has', () => {
  const DAY = Date.UTC(2020, 0, 1);
  const at = (hours: number) => new Date(DAY + hours * 3_600_000);
  const bounds = (from: number, until: number) =>
    `for values from ('${uuid7LowerBound(at(from).getTime())}') to ('${uuid7LowerBound(at(until).getTime())}')`;
  const event = (hours: number) =>
    storableEvent(plainEvent(`of ${hours}`), { messageId: mintUuid7At(at(hours).getTime()) });

  /** A database with a partition of that name and those hours. */
  async function withPartition(name: string, from: number, until: number) {
    const database = await createDatabase();
    await database.pool.query(`create table ${name} partition of message ${bounds(from, until)}`);
    return database;
  }

  test('make a partition no less than what it takes: the rest of its day waits, and what to do is said', async () => {
    await using database = await withPartition(NAME, 0, 1);
    const { pool } = database;
    const store = new PostgresStore({ pool });
    expect(await store.store([event(0.5)])).toMatchObject([{ kind: 'stored' }]);
    const refused = store.store([event(2)]);
    await expect(refused).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(refused).rejects.toThrow(
      `no partition for all of 2020-01-01: ${NAME} takes 2020-01-01T00:00:00.000Z to 2020-01-01T01:00:00.000Z only`,
    );
    const told = await refused.then(
      () => '',
      (error: Error) => error.message,
    );
    const [detach, attach] = [...told.matchAll(/"(alter table [^"]*)"/g)];
    await pool.query(`${detach?.[1]}; ${attach?.[1]}`);
    expect(await store.store([event(2)])).toMatchObject([{ kind: 'stored' }]);
    expect(await isPartitioned(pool, at(23))).toBe(true);
  });

  test('keep the days beside it from nothing', async () => {
    await using database = await withPartition(NAME, 0, 1);
    const { pool } = database;
    await expect(ensurePartitions(pool, LONG_AGO, 3)).rejects.toThrow(NoPartitionError);
    expect(await missingDays(pool, LONG_AGO, 3)).toEqual([{ table: 'message', day: DAY }]);
  });

  test('are no gap where an operator made partitions of hours or of a month', async () => {
    await using database = await withPartition('first_half', 0, 12);
    const { pool } = database;
    await pool.query(`create table second_half partition of message ${bounds(12, 24)}`);
    await pool.query(`create table the_month partition of message ${bounds(24, 31 * 24)}`);
    expect(await ensurePartitions(pool, LONG_AGO, 31, ['message'])).toEqual([]);
    expect(await dropPartitionsBefore(pool, new Date('2021-01-01T00:00:00Z'))).toEqual([]);
  });

  test('are gone by when old days are dropped', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await pool.query(
      `create table ${NAME} partition of message for values from (minvalue) to ('${uuid7LowerBound(Date.UTC(2021, 5, 1))}')`,
    );
    expect(await dropPartitionsBefore(pool, new Date('2021-01-01T00:00:00Z'))).toEqual([]);
  });
});

test('a table of the name of a day that is detached is said, with what to do', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 1);
  await pool.query(`alter table message detach partition ${NAME}`);
  const store = new PostgresStore({ pool });
  const event = storableEvent(plainEvent('a'), { messageId: mintUuid7At(LONG_AGO.getTime()) });
  const refused = store.store([event]);
  await expect(refused).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(refused).rejects.toThrow(`there is a relation ${NAME}, which is no partition of it`);
});

test('a default partition of an operator takes what no other does, and keeps no program from starting', async () => {
  await using database = await createDatabase();
  const { pool, url } = database;
  await dropPartitionsBefore(pool, new Date(Date.now() + 10 * 86_400_000));
  await pool.query('create table message_other partition of message default');
  const store = new PostgresStore({ pool });
  expect(await store.store([storableEvent(plainEvent('a'))])).toMatchObject([{ kind: 'stored' }]);
  await expect(ensurePartitions(pool, new Date(), 1)).rejects.toThrow(
    'the default partition of message holds',
  );
  expect(await names(pool)).toEqual([]);
  expect(await defaultPartition(pool)).toBe('message_other');
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  await using _ = await openDatabase({ url, iamAuth: false, storeConnections: 1, migrate: false }, log);
});

test('reach to the end of the last day before a gap', () => {
  const now = new Date('2030-01-02T12:00:00Z');
  const days = (...numbers: number[]) =>
    numbers.map((day) => ({
      name: '',
      from: new Date(Date.UTC(2030, 0, day)),
      until: new Date(Date.UTC(2030, 0, day + 1)),
    }));
  expect(partitionedUntil(days(1, 2, 3, 5), now)).toEqual(new Date('2030-01-04T00:00:00Z'));
  expect(partitionedUntil(days(1, 3), now)).toEqual(now);
  expect(partitionedUntil([], now)).toEqual(now);
});

test('with other names are listed by their bounds, and never dropped', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 1);
  await pool.query(`alter table ${NAME} rename to message_kept_20200101`);
  expect(await names(pool)).toContain('message_kept_20200101');
  expect(await missingDays(pool, LONG_AGO, 1)).toEqual([]);
  expect(await dropPartitionsBefore(pool, new Date('2021-01-01T00:00:00Z'))).toEqual([]);
});

test('of lanes and attempts have the same bounds, and are dropped by themselves', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 1);
  for (const table of ['message', 'lane', 'attempt'] as const)
    expect((await listPartitions(pool, table))[0]).toEqual({
      name: `${table}_20200101`,
      from: LONG_AGO,
      until: new Date('2020-01-02T00:00:00Z'),
    });
  const after = new Date('2020-01-02T00:00:00Z');
  expect(await dropPartitionsBefore(pool, after, 'lane')).toEqual(['lane_20200101']);
  expect(await names(pool)).toContain(NAME);
  expect(await dropPartitionsBefore(pool, after, 'attempt')).toEqual(['attempt_20200101']);
});

test('are dropped when their whole day is past, and not an instant earlier', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 1);
  expect(await dropPartitionsBefore(pool, new Date('2020-01-01T23:59:59.999Z'))).toEqual([]);
  expect(await dropPartitionsBefore(pool, new Date('2020-01-02T00:00:00Z'))).toEqual([NAME]);
});
