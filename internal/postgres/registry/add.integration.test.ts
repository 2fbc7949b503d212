import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { listClients, listEventTypes, listTenants, type NamesPage } from './list.ts';
import { addClient, addEventType, addTenant } from './add.ts';
import { unregisteredName } from './unregistered.ts';

test('a name is registered once, in an existing tenant, if it is a valid name', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  expect([await addTenant(pool, 'acme'), await addTenant(pool, 'acme')]).toEqual(['added', 'exists']);
  expect([await addClient(pool, 'acme', 'c'), await addClient(pool, 'acme', 'c')]).toEqual([
    'added',
    'exists',
  ]);
  expect([await addClient(pool, 'nobody', 'c'), await addEventType(pool, 'nobody', 'e', null)]).toEqual([
    'unknown_tenant',
    'unknown_tenant',
  ]);
  expect([
    await addTenant(pool, ''),
    await addClient(pool, 'acme', 'x'.repeat(1_000)),
    await addEventType(pool, 'acme', '', null),
  ]).toEqual(['invalid_name', 'invalid_name', 'invalid_name']);
  await expect(addEventType(pool, 'acme', 'e', 'not JSON')).rejects.toMatchObject({ code: '22P02' });
});

test('an existing event type gets another schema or none, and it is reported when nothing changed', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const schema = '{"maximum": 12345678901234567890.10}';
  const added: string[] = [];
  for (const each of [null, schema, '{"maximum":12345678901234567890.10}', null, null])
    added.push(await addEventType(pool, 'default', 'e', each));
  expect(added).toEqual(['added', 'changed', 'exists', 'changed', 'exists']);
  await addEventType(pool, 'default', 'e', schema);
  const [type] = await listEventTypes(pool, { tenantId: 'default', limit: 1 });
  expect(type).toMatchObject({ name: 'e', schema });
});

test('names are listed in pages, of one tenant or of all, each exactly once', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await pool.query('truncate tenant cascade');
  for (const tenant of ['a', 'b']) {
    await addTenant(pool, tenant);
    for (const client of ['1', '2', '3']) await addClient(pool, tenant, client);
  }
  const pages = async (
    list: (page: NamesPage) => Promise<{ tenantId: string; name: string }[]>,
  ): Promise<string[][]> => {
    const read: string[][] = [];
    for (let after: NamesPage['after']; ; ) {
      const page = await list({ limit: 2, ...(after === undefined ? {} : { after }) });
      if (page.length === 0) return read;
      read.push(page.map(({ tenantId, name }) => `${tenantId}/${name}`));
      after = page.at(-1);
    }
  };
  expect(await pages((page) => listTenants(pool, page))).toEqual([['a/a', 'b/b']]);
  expect(await pages((page) => listClients(pool, page))).toEqual([
    ['a/1', 'a/2'],
    ['a/3', 'b/1'],
    ['b/2', 'b/3'],
  ]);
  expect(await pages((page) => listClients(pool, { ...page, tenantId: 'b' }))).toEqual([
    ['b/1', 'b/2'],
    ['b/3'],
  ]);
});

test('the first unregistered name of an event is its tenant, then its client, then its type', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const missing: (string | null)[] = [];
  const look = async () =>
    missing.push(await unregisteredName(pool, { tenantId: 'acme', clientId: 'c', eventType: 'e' }));
  await look();
  await addTenant(pool, 'acme');
  await look();
  await addClient(pool, 'acme', 'c');
  await look();
  await addEventType(pool, 'acme', 'e', null);
  await look();
  expect(missing).toEqual(['unknown_tenant', 'unknown_client', 'unknown_event_type', null]);
});
