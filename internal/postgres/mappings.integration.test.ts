import { expect, test } from 'vitest';
import { MAPPING_PRESETS, mappingOf } from '../event/mapping/presets.ts';
import { testRoles } from '../proof/kit/roles.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { addMapping, listMappings, readMappings, removeMapping } from './mappings.ts';

const S3 = mappingOf('s3', { client: 'client-3' }, MAPPING_PRESETS['s3']);
const BRIDGE = mappingOf('a bridge', { client: 'client-3' }, MAPPING_PRESETS['eventbridge']);
const LAMBDA = mappingOf('Lambda', {}, MAPPING_PRESETS['lambda-destination']);

test('reads mappings as they were added, in the order in which they are tried', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  for (const mapping of [BRIDGE, S3, LAMBDA])
    expect(await addMapping(pool, mapping)).toEqual({ kind: 'added' });
  expect(await addMapping(pool, S3)).toEqual({ kind: 'exists' });
  expect(await listMappings(pool)).toEqual([LAMBDA, S3, BRIDGE]);
  expect((await readMappings(pool, undefined))?.mappings).toEqual([LAMBDA, S3, BRIDGE]);
});

test('reads mappings again only after a change, also by hand and from another schema', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const empty = await readMappings(pool, undefined);
  expect(empty?.mappings).toEqual([]);
  expect(await readMappings(pool, empty?.version)).toBeUndefined();
  await addMapping(pool, S3);
  const added = await readMappings(pool, empty?.version);
  expect(added?.mappings).toEqual([S3]);
  await pool.query(
    "begin; create schema elsewhere; set local search_path = elsewhere; update public.mapping set queue = 'uploads'; commit",
  );
  const changed = await readMappings(pool, added?.version);
  expect(changed?.mappings).toMatchObject([{ queue: 'uploads' }]);
  expect(await removeMapping(pool, 's3')).toBe(true);
  expect(await removeMapping(pool, 's3')).toBe(false);
  expect((await readMappings(pool, changed?.version))?.mappings).toEqual([]);
});

test('are read, and seen to change, also when somebody deleted the row that counts the changes', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addMapping(pool, S3);
  const first = await readMappings(pool, undefined);
  await pool.query('delete from mapping_revision');
  const without = await readMappings(pool, first?.version);
  expect(without?.mappings).toEqual([S3]);
  expect(await readMappings(pool, without?.version)).toBeUndefined();
  await removeMapping(pool, 's3');
  for (const known of [first, without])
    expect((await readMappings(pool, known?.version))?.mappings).toEqual([]);
  await expect(pool.query('insert into mapping_revision values (7)')).rejects.toMatchObject({
    code: '23505',
  });
});

test('are counted for a role that may not write the count', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await using roles = testRoles(pool);
  const role = await roles.make('mapper');
  await pool.query(`grant select, insert on mapping to "${role}"; delete from mapping_revision`);
  const client = await pool.connect();
  await client.query(`set role "${role}"`);
  await client.query(`insert into mapping (name, queue, type, client) values ('a', 'q', 't', 'c')`);
  await client.query('reset role');
  client.release();
  expect((await pool.query('select from mapping_revision')).rowCount).toBe(1);
});

test('of a database with two such rows, from before there could be one alone, have the later version', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await pool.query('drop index mapping_revision_one_row; insert into mapping_revision values (9), (3)');
  const read = await readMappings(pool, undefined);
  expect(read?.version).toBe('9');
  expect(await readMappings(pool, '9')).toBeUndefined();
});

test('numbers to match by keep their value when they are written with SQL', async () => {
  await using database = await createDatabase();
  await database.pool.query(
    `insert into mapping (name, match, type, client) values ('by hand', '{"/acc": 123456789012345678}', '/t', 'c')`,
  );
  const match = { '/acc': '123456789012345678' };
  expect(await listMappings(database.pool)).toMatchObject([{ match }]);
  expect((await readMappings(database.pool, undefined))?.mappings).toMatchObject([{ match }]);
});

test('refuses mappings that could produce no event, also by hand', async () => {
  await using database = await createDatabase();
  for (const wrong of [
    { ...S3, client: null },
    { ...S3, match: {} },
    { ...S3, event: '/x' },
    { ...S3, each: 'Records' },
    { ...S3, name: '' },
    { ...LAMBDA, payload: '/x' },
  ])
    expect(await addMapping(database.pool, wrong)).toMatchObject({ kind: 'refused' });
});
