import { expect, test } from 'vitest';
import { MAPPING_PRESETS, mappingOf } from '../event/mapping/presets.ts';
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
