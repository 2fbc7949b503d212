import { expect, test } from 'vitest';
import { createDatabase } from '../proof/kit/database.ts';
import { connectionLimit, takesTooMany } from './connection-limit.ts';

test('the limit is the lowest of those of server, database and role', async () => {
  await using database = await createDatabase();
  const { rows } = await database.pool.query<{ max_connections: string }>('show max_connections');
  const server = await connectionLimit(database.pool);
  expect(server).toBeGreaterThan(0);
  expect(server).toBeLessThan(Number(rows[0]?.max_connections));
  await database.pool.query(
    `do $$ begin execute format('alter database %I connection limit 17', current_database()); end $$`,
  );
  expect(await connectionLimit(database.pool)).toBe(17);
});

test('more than four fifths of the limit are too many', () => {
  expect(takesTooMany(80, 100)).toBe(false);
  expect(takesTooMany(81, 100)).toBe(true);
});
