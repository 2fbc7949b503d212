import pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from '../proof/kit/database.ts';
import { countOf } from '../proof/kit/waiting-rejections.ts';
import { inTransaction } from './transaction.ts';

const insert = (client: pg.PoolClient) => client.query("insert into tenant (id) values ('acme')");

test('writes are committed when the work resolves, and rolled back when it throws', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const failing = inTransaction(pool, async (client) => {
    await insert(client);
    throw new Error('the work failed');
  });
  await expect(failing).rejects.toThrow('the work failed');
  expect(await countOf(pool, "tenant where id = 'acme'")).toBe(0);
  await inTransaction(pool, insert);
  expect(await countOf(pool, "tenant where id = 'acme'")).toBe(1);
});

test('a connection that breaks between two statements fails the work, and no connection stays in use', async () => {
  await using database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url }); // it does not listen for errors itself
  const broken = inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    await database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    await insert(client);
  });
  await expect(broken).rejects.toThrow(/./);
  expect(pool.totalCount).toBe(0);
  await pool.end();
  expect(await countOf(database.pool, "tenant where id = 'acme'")).toBe(0);
});
