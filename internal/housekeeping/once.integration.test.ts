import { expect, test } from 'vitest';
import { createDatabase } from '../proof/kit/database.ts';
import { LOCKS, runOnce } from './once.ts';

test('runs one at a time of a database, and another once that one has ended, however it did', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const inside = await runOnce(pool, LOCKS.heal, async () => runOnce(pool, LOCKS.heal, async () => 'second'));
  expect(inside).toBeUndefined();
  await expect(
    runOnce(pool, LOCKS.heal, async () => {
      throw new Error('failed');
    }),
  ).rejects.toThrow('failed');
  // The connection of what failed was closed; PostgreSQL lets go of its lock when it notices.
  await expect.poll(() => runOnce(pool, LOCKS.heal, async () => 'free'), { timeout: 10_000 }).toBe('free');
});

test('commits what was written, and undoes it after a failure', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await runOnce(pool, LOCKS.heal, (client) => client.query(`insert into tenant (id) values ('kept')`));
  const failure = runOnce(pool, LOCKS.heal, async (client) => {
    await client.query(`insert into tenant (id) values ('undone')`);
    throw new Error('failed');
  });
  await expect(failure).rejects.toThrow('failed');
  const { rows } = await pool.query(`select id from tenant where id in ('kept', 'undone')`);
  expect(rows).toEqual([{ id: 'kept' }]);
});

test('other databases and other locks do not matter', async () => {
  await using first = await createDatabase();
  await using second = await createDatabase();
  const nested = await runOnce(first.pool, LOCKS.heal, async () => [
    await runOnce(first.pool, LOCKS.retention, async () => 'other lock'),
    await runOnce(second.pool, LOCKS.heal, async () => 'other database'),
  ]);
  expect(nested).toEqual(['other lock', 'other database']);
});
