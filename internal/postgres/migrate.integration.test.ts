import { expect, test } from 'vitest';
import { decodeBody } from '../event/envelope.ts';
import { eventKey } from '../event/identity.ts';
import { mintUuid7 } from '../event/uuid7.ts';
import { createDatabase } from '../testkit/database.ts';
import { MIGRATIONS } from '../testkit/migrations.ts';
import { plainEvent } from '../testkit/events.ts';
import { MigrationError, migrate, migrationStatus } from './migrate.ts';
import { dropPartitionsBefore, ensurePartitions, listPartitions } from './partitions.ts';
import { PostgresStore } from './store.ts';

test('several migrators at once apply every migration once', async () => {
  await using database = await createDatabase({ migrated: false });
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(database.pool)));
  expect(applied.flat().toSorted()).toEqual(MIGRATIONS);
  expect(await migrationStatus(database.pool)).toMatchObject({ pending: [], changed: [], unknown: [] });
});

test('tells what is pending without changing anything', async () => {
  await using database = await createDatabase({ migrated: false });
  expect(await migrationStatus(database.pool)).toMatchObject({ applied: [], pending: MIGRATIONS });
  expect((await database.pool.query("select to_regclass('message') as found")).rows).toEqual([
    { found: null },
  ]);
});

test('refuses a migration that was changed after it was applied', async () => {
  await using database = await createDatabase();
  await database.pool.query("update schema_migration set checksum = 'other'");
  await expect(migrate(database.pool)).rejects.toThrow(MigrationError);
  await expect(migrate(database.pool)).rejects.toThrow(
    `${MIGRATIONS.join(', ')} were changed after they were applied`,
  );
});

test('refuses a database that is newer than the program', async () => {
  await using database = await createDatabase();
  await database.pool.query("insert into schema_migration (name, checksum) values ('9999_later.sql', '')");
  await expect(migrate(database.pool)).rejects.toThrow('newer than this program');
});

test('comments on every table, column and view', async () => {
  await using database = await createDatabase();
  const { rows } = await database.pool.query(
    `select c.relname, a.attname from pg_class c
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
        and c.relname <> 'schema_migration' and col_description(c.oid, coalesce(a.attnum, 0)) is null
        and obj_description(c.oid) is null`,
  );
  expect(rows).toEqual([]);
});

test('retention drops whole days and leaves the ledger, so that an old event is still a duplicate', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const store = new PostgresStore(database);
  const [decoded] = decodeBody(JSON.stringify(plainEvent('old')), 'sqs-id');
  if (decoded?.kind !== 'event') throw new Error('not an event');
  const old = {
    messageId: mintUuid7(Date.now() + 1),
    event: decoded.event,
    key: eventKey(decoded.event),
    fingerprint: decoded.fingerprint,
    schemaVersion: '0',
    receivedAt: new Date(),
  };
  await store.store([old]);
  await ensurePartitions(pool, new Date('2020-02-28T12:00:00Z'), 3);
  expect(await dropPartitionsBefore(pool, new Date('2020-03-01T00:00:00Z'))).toEqual([
    'message_20200228',
    'message_20200229',
  ]);
  const tomorrow = (await listPartitions(pool)).find(({ from }) => from > new Date());
  await dropPartitionsBefore(pool, tomorrow?.from ?? new Date());
  expect((await pool.query('select from message')).rowCount).toBe(0);
  expect(await store.store([{ ...old, messageId: mintUuid7() }])).toEqual([
    { kind: 'duplicate', messageId: old.messageId },
  ]);
});
