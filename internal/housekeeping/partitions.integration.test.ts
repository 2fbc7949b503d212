import type pg from 'pg';
import { expect, test } from 'vitest';
import { dropPartitionsBefore } from '../postgres/drop-partitions.ts';
import { ensurePartitions, listPartitions } from '../postgres/partitions.ts';
import { PARTITIONED } from '../postgres/partition-ranges.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { until } from '../proof/kit/until.ts';
import { LOCKS, runOnce } from './once.ts';
import { keepPartitions } from './partitions.ts';

const DAY_MS = 86_400_000;
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

interface Line {
  readonly made?: readonly string[];
  readonly dropped?: readonly string[];
  readonly problems?: readonly string[];
}

/** Runs one process that keeps partitions; `looked` resolves with its first look. */
function run(pool: pg.Pool, retentionDays?: number) {
  const closing = new AbortController();
  const lines: Line[] = [];
  const log = {
    debug() {},
    info: (fields: object) => lines.push(fields),
    warn: (fields: object) => lines.push(fields),
    error() {},
  };
  const looked = Promise.withResolvers<Date>();
  const explain = (error: unknown) => (error as Error).message;
  const ended = keepPartitions(
    { pool, log, retentionDays, attemptRetentionDays: 30, explain, seen: looked.resolve },
    closing.signal,
  );
  return {
    lines,
    looked: looked.promise,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await ended;
    },
  };
}

async function names(pool: pg.Pool): Promise<string[]> {
  return (await listPartitions(pool)).map(({ name }) => name);
}

async function withoutPartitions() {
  const database = await createDatabase();
  for (const table of PARTITIONED)
    await dropPartitionsBefore(database.pool, new Date(Date.now() + 10 * DAY_MS), table);
  return database;
}

test('of ten processes each day is made once, by one of them', async () => {
  await using database = await withoutPartitions();
  const { pool } = database;
  await using stack = new AsyncDisposableStack();
  const processes = Array.from({ length: 10 }, () => stack.use(run(pool)));
  await until(async () => (await names(pool)).length === 8, { what: 'today and seven days ahead' });
  await Promise.all(processes.map(({ looked }) => looked));
  const lines = processes.flatMap((each) => each.lines);
  const tables = await Promise.all(PARTITIONED.map((table) => listPartitions(pool, table)));
  const all = tables.flatMap((ranges) => ranges.map(({ name }) => name));
  expect(all).toHaveLength(3 * 8);
  expect(lines.flatMap(({ made = [] }) => made).toSorted()).toEqual(all.toSorted());
  expect(lines.flatMap(({ problems = [] }) => problems)).toEqual([]);
});

test('while another process is at it, nothing is done, awaited or complained of', async () => {
  await using database = await withoutPartitions();
  const { pool } = database;
  await runOnce(pool, LOCKS.partitions, async () => {
    await using process = run(pool);
    await process.looked;
    expect(process.lines).toEqual([]);
  });
  expect(await names(pool)).toEqual([]);
});

test('whole days past the retention are dropped, and no others', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 2);
  await ensurePartitions(pool, new Date(Date.now() - 2 * DAY_MS), 1);
  await using process = run(pool, 3);
  await process.looked;
  const dropped = process.lines.flatMap((line) => line.dropped ?? []);
  expect(dropped.filter((name) => name.startsWith('message_'))).toEqual([
    'message_20200101',
    'message_20200102',
  ]);
  expect(await names(pool)).toHaveLength(9);
});

test('a day that cannot be made keeps neither the others from being made nor old ones from being dropped', async () => {
  await using database = await withoutPartitions();
  const { pool } = database;
  await ensurePartitions(pool, LONG_AGO, 1);
  const third = new Date(Date.now() + 3 * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
  await pool.query(`create table message_${third} (taken text)`);
  await using process = run(pool, 3);
  const lastSeen = await process.looked;
  expect(await names(pool)).toHaveLength(7);
  expect(lastSeen.getTime()).toBeLessThan(Date.now() + 3 * DAY_MS);
  await until(() => process.lines.some(({ problems }) => problems !== undefined), { what: 'the warning' });
  expect(process.lines.find(({ problems }) => problems !== undefined)?.problems).toEqual([
    expect.stringContaining(`there is a relation message_${third}, which is no partition of it`),
  ]);
});
