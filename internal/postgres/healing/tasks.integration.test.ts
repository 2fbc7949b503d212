import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { waiting } from '../../proof/kit/healing-contract.ts';
import { addClient } from '../registry/add.ts';
import { keepRejections } from '../rejections/keep.ts';
import { lookAtTasks } from './tasks.ts';

test('a look at many tasks reads rejections along an index, also when nearly all of them wait for one client', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const records = Array.from({ length: 2_000 }, (_, i) => waiting(`m-${i}`, 'late'));
  await keepRejections(pool, records, 1_000);
  await pool.query(
    `insert into client (tenant_id, id) select 'default', 'client-' || i from generate_series(10, 500) i`,
  );
  await addClient(pool, 'default', 'late');
  await pool.query('vacuum analyze');
  const client = await pool.connect();
  const sequentialScans = async () => {
    await client.query('select pg_stat_force_next_flush()');
    const { rows } = await client.query<{ scans: string }>(
      `select seq_scan as scans from pg_stat_user_tables where relname = 'rejection'`,
    );
    return rows[0]?.scans;
  };
  const before = await sequentialScans();
  expect((await lookAtTasks(client, { afterId: '0', limit: 5_000, youngMs: 0 })).looked).toBe(492);
  expect(await sequentialScans()).toBe(before);
  client.release();
  const { rows } = await pool.query('select client_id from healing where due_at is not null');
  expect(rows).toEqual([{ client_id: 'late' }]);
});
