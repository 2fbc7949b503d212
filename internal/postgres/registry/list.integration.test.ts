import type pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { listEventTypes } from './list.ts';
import { addEventType } from './add.ts';

async function versions(pool: pg.Pool): Promise<Record<string, string>> {
  const types = await listEventTypes(pool, { tenantId: 'default', limit: 100 });
  return Object.fromEntries(types.map(({ name, schemaVersion }) => [name, schemaVersion]));
}

test('counts the schemas of each event type separately', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addEventType(pool, 'default', 'a', '{"type": "object"}');
  await addEventType(pool, 'default', 'b', '{"type": "object"}');
  await addEventType(pool, 'default', 'b', '{"type": "string"}');
  await addEventType(pool, 'default', 'b', '{"type": "string"}'); // no change
  expect(await versions(pool)).toMatchObject({ a: '1', b: '2', 'user-app': '0' });
  await addEventType(pool, 'default', 'b', null);
  await addEventType(pool, 'default', 'b', '{"type": "number"}');
  await addEventType(pool, 'default', 'user-app', '{"type": "number"}');
  expect(await versions(pool)).toMatchObject({ a: '1', b: '3', 'user-app': '1' });
});

test('continues from 1 when there was a schema before they were counted', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addEventType(pool, 'default', 'old', '{"type": "object"}');
  await pool.query('update event_type set schema_number = null'); // as the migration leaves them
  expect(await versions(pool)).toMatchObject({ old: '1', 'user-app': '0' });
  await addEventType(pool, 'default', 'old', '{"type": "string"}');
  expect(await versions(pool)).toMatchObject({ old: '2' });
});

test('the version that processors compare never repeats, and changes by hand count from any search path', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const version = async () => {
    const { rows } = await pool.query<{ version: string }>(
      "select schema_version as version from event_type where tenant_id = 'default' and name = 'a'",
    );
    return rows[0]?.version;
  };
  await addEventType(pool, 'default', 'a', '{"type": "object"}');
  const first = await version();
  await pool.query("delete from event_type where tenant_id = 'default' and name = 'a'");
  await addEventType(pool, 'default', 'a', '{"type": "string"}');
  expect(await version()).not.toBe(first);
  await pool.query(
    `begin; set local search_path = pg_catalog;
     update public.event_type set schema = '{"type": "number"}' where name = 'a'; commit`,
  );
  expect(await versions(pool)).toMatchObject({ a: '2' });
});
