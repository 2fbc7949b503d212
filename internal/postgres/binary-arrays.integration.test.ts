import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDatabase } from '../proof/kit/database.ts';
import { byteaArray, textArray, uuidArray } from './binary-arrays.ts';

/** Text that PostgreSQL can hold: without U+0000 and without half a surrogate pair. */
const text = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary', maxLength: 50 }))
  .map((value) => value.replaceAll('\u0000', ''));

test('PostgreSQL reads back every text array unchanged', async () => {
  await using database = await createDatabase({ migrated: false });
  const read = async (values: readonly (string | null)[]) => {
    const query = { text: 'select $1::text[] as values', values: [textArray(values)] };
    return (await database.pool.query<{ values: unknown }>(query)).rows[0]?.values;
  };

  const corners = [
    [],
    [null],
    [''],
    [null, null, '', 'a', null],
    ['NULL', '{}', '"', '\\', ',', ' '],
    ['é', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(255), 'x'.repeat(256)],
    ['x'.repeat(1023), 'x'.repeat(1024), 'x'.repeat(0x8080), 'x'.repeat(1_048_576)],
    ['ÿ'.repeat(300), null, '\u{1F600}'.repeat(70_000)],
  ];
  for (const values of corners) expect(await read(values)).toEqual(values);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { maxLength: 20 }), async (values) => {
      expect(await read(values)).toEqual(values);
    }),
    { numRuns: 200 },
  );
});

test('PostgreSQL reads every array of bytes as the UTF-8 that was written, NUL and what is no character included', async () => {
  await using database = await createDatabase({ migrated: false });
  const read = async (values: readonly string[]) => {
    const query = { text: 'select $1::bytea[] as values', values: [byteaArray(values)] };
    return (await database.pool.query<{ values: Buffer[] }>(query)).rows[0]?.values;
  };

  const corners = [[], [''], ['a\u0000b', '\\x00', 'é'], ['\ud800', 'x'.repeat(1_048_576), '\u{1F600}']];
  for (const values of corners) expect(await read(values)).toEqual(values.map((value) => Buffer.from(value)));
});

test('PostgreSQL reads every uuid array as it was written', async () => {
  await using database = await createDatabase({ migrated: false });
  const read = async (values: readonly string[]) => {
    const query = { text: 'select $1::uuid[]::text[] as values', values: [uuidArray(values)] };
    return (await database.pool.query<{ values: unknown }>(query)).rows[0]?.values;
  };

  expect(await read([])).toEqual([]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uuid(), { maxLength: 20 }), async (uuids) => {
      expect(await read(uuids)).toEqual(uuids);
      expect(await read(uuids.map((uuid) => uuid.replaceAll('-', '')))).toEqual(uuids);
    }),
    { numRuns: 50 },
  );
});
