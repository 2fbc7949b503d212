import type pg from 'pg';
import { expect, test } from 'vitest';
import { deleteExpired } from '../postgres/rejections/expire.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { until } from '../proof/kit/until.ts';
import { keepRetention } from './retention.ts';

/** Writes rejections in a state, last received and settled `days` days ago. */
async function fill(
  pool: pg.Pool,
  count: number,
  { state, days }: { state: string; days: number },
): Promise<void> {
  await pool.query(
    `insert into rejection (queue, sqs_message_id, reason, detail, body, attributes, receive_count, received_at, state, settled_at)
     select 'events', gen_random_uuid()::text, 'malformed_json', 'd', 'b', '{}', 1, now() - $2 * interval '1 day', $1,
            case when $1 <> 'open' then now() - $2 * interval '1 day' end
       from generate_series(1, $3::integer)`,
    [state, days, count],
  );
}

function run(pool: pg.Pool, days: { settled?: number; open?: number }) {
  const closing = new AbortController();
  const lines: object[] = [];
  const log = {
    debug() {},
    info: (fields: object) => lines.push(fields),
    warn: (fields: object) => lines.push(fields),
    error() {},
  };
  const ended = keepRetention({ pool, log, days }, closing.signal);
  return {
    lines,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await ended;
    },
  };
}

async function counts(pool: pg.Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ state: string; n: number }>(
    'select state, count(*)::integer as n from rejection group by state order by state',
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

const isOver = (pool: pg.Pool) => async () =>
  (await pool.query(`select from housekeeping where chore = 'retention' and due_at > now()`)).rowCount === 1;

test('deletes what is past its retention, page by page, and tells how much', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 1_200, { state: 'replayed', days: 31 });
  await fill(pool, 3, { state: 'discarded', days: 31 });
  await fill(pool, 2, { state: 'replayed', days: 29 });
  await fill(pool, 600, { state: 'open', days: 91 });
  await fill(pool, 4, { state: 'open', days: 89 });
  const { lines, ...running } = run(pool, { settled: 30, open: 90 });
  await using _ = running;
  await until(isOver(pool), { what: 'the end of the run' });
  expect(await counts(pool)).toEqual({ open: 4, replayed: 2 });
  await until(() => lines.length > 0, { what: 'the line' });
  expect(lines).toEqual([{ settled: 1_203, open: 600 }]);
});

test('keeps for ever what has no retention', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 1, { state: 'open', days: 4_000 });
  await fill(pool, 1, { state: 'discarded', days: 4_000 });
  {
    await using _ = run(pool, { settled: 30 });
    await until(isOver(pool), { what: 'the end of the run' });
  }
  expect(await counts(pool)).toEqual({ open: 1 });
  await pool.query(`update housekeeping set due_at = now()`);
  await using _ = run(pool, {});
  expect(await counts(pool)).toEqual({ open: 1 });
});

test('is done by one process, and not again before the hour is over', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 2_000, { state: 'discarded', days: 31 });
  const runs = [run(pool, { settled: 30 }), run(pool, { settled: 30 }), run(pool, { settled: 30 })];
  await until(isOver(pool), { what: 'the end of the run' });
  await fill(pool, 1, { state: 'discarded', days: 31 });
  await using late = run(pool, { settled: 30 });
  await Promise.all(runs.map((each) => each[Symbol.asyncDispose]()));
  await late[Symbol.asyncDispose]();
  const told = runs.flatMap(({ lines }) => lines) as { settled: number }[];
  expect(told.reduce((sum, { settled }) => sum + settled, 0)).toBe(2_000);
  expect(await counts(pool)).toEqual({ discarded: 1 });
});

test('leaves alone what is being replayed at that moment', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 2, { state: 'open', days: 91 });
  const replay = await pool.connect();
  await replay.query('begin');
  await replay.query('select from rejection order by id limit 1 for update');
  await using _ = run(pool, { open: 90 });
  await until(isOver(pool), { what: 'the end of the run' });
  expect(await counts(pool)).toEqual({ open: 1 });
  await replay.query('commit');
  replay.release();
});

test("a step back of PostgreSQL's clock puts it off no longer than an hour", async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 1, { state: 'discarded', days: 31 });
  await pool.query(`update housekeeping set due_at = now() + interval '1 day'`);
  await using _ = run(pool, { settled: 30 });
  await until(async () => Object.keys(await counts(pool)).length === 0, { what: 'the deletion' });
});

test('a clock that runs ahead, of PostgreSQL or of ours, deletes nothing too soon', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 1, { state: 'discarded', days: 29 });
  const client = await pool.connect();
  const yearMs = 365 * 86_400_000;
  const deleted = (now: Date) => deleteExpired(client, 'settled', { days: 30, limit: 1, now });
  expect(await deleted(new Date(Date.now() + yearMs))).toBe(0);
  await client.query(`update rejection set settled_at = now() - interval '31 days'`);
  expect(await deleted(new Date(Date.now() - yearMs))).toBe(0); // PostgreSQL's is a year ahead of ours
  expect(await deleted(new Date())).toBe(1);
  client.release();
});
