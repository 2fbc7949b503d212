import { expect, test } from 'vitest';
import { createDatabase } from '../proof/kit/database.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { dropPartitionsBefore, ensurePartitions, listPartitions, partitionedUntil } from './partitions.ts';
import { PostgresStore } from './store.ts';

const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const NAME = 'message_20200101';

async function names(pool: Parameters<typeof listPartitions>[0]): Promise<string[]> {
  return (await listPartitions(pool)).map(({ name }) => name);
}

test('are made while a dump or a report holds everything it reads', async () => {
  await using database = await createDatabase();
  const reader = await database.pool.connect();
  await reader.query('begin');
  await reader.query('select from message');
  await reader.query('select from client');
  await reader.query('select from event_type');
  expect(await ensurePartitions(database.pool, LONG_AGO, 1)).toEqual([NAME]);
  await reader.query('rollback');
  reader.release();
});

test('are made while events are being stored, with the keys and checks of all', async () => {
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

test('are made once, also by several at the same time', async () => {
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

test('are dropped only when nobody has to wait for it', async () => {
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

test('reach until the end of the last day before a gap', () => {
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

test('of other names are left alone, whatever their day', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 1);
  await pool.query(`alter table ${NAME} rename to message_kept_20200101`);
  expect((await names(pool)).filter((name) => !/^message_\d{8}$/.test(name))).toEqual([]);
  expect(await dropPartitionsBefore(pool, new Date('2021-01-01T00:00:00Z'))).toEqual([]);
});

test('are dropped when their whole day is past, and not an instant earlier', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 1);
  expect(await dropPartitionsBefore(pool, new Date('2020-01-01T23:59:59.999Z'))).toEqual([]);
  expect(await dropPartitionsBefore(pool, new Date('2020-01-02T00:00:00Z'))).toEqual([NAME]);
});
