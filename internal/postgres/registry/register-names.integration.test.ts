import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { addEventType } from './add.ts';
import { registerNames } from './register-names.ts';

test('registers every client and event type for every tenant, and only what is missing', async () => {
  await using database = await createDatabase();
  const names = { tenants: ['default', 'acme'], clients: ['client-1', 'c'], eventTypes: ['user-app', 't'] };
  expect(await registerNames(database.pool, names)).toEqual({ tenants: 1, clients: 3, eventTypes: 3 });
  expect(await registerNames(database.pool, names)).toEqual({ tenants: 0, clients: 0, eventTypes: 0 });
  const { rows } = await database.pool.query('select tenant_id, id from client where id = $1 order by 1', [
    'c',
  ]);
  expect(rows).toEqual([
    { tenant_id: 'acme', id: 'c' },
    { tenant_id: 'default', id: 'c' },
  ]);
});

test('keeps the schema of an existing event type', async () => {
  await using database = await createDatabase();
  await addEventType(database.pool, 'default', 'user-app', '{"type": "object"}');
  await registerNames(database.pool, { tenants: ['default'], clients: [], eventTypes: ['user-app'] });
  const { rows } = await database.pool.query('select schema from event_type where name = $1', ['user-app']);
  expect(rows).toEqual([{ schema: { type: 'object' } }]);
});

test('registers thousands of tenants quickly', async () => {
  await using database = await createDatabase();
  const tenants = Array.from({ length: 5_000 }, (_, i) => `tenant-${i}`);
  const names = { tenants, clients: ['a', 'b', 'c'], eventTypes: ['x', 'y', 'z'] };
  expect(await registerNames(database.pool, names)).toEqual({
    tenants: 5_000,
    clients: 15_000,
    eventTypes: 15_000,
  });
});
