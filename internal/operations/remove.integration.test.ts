import type pg from 'pg';
import { expect, test } from 'vitest';
import { addClient, addEventType, addTenant } from '../postgres/registry/add.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { countOf, fillWaiting } from '../proof/kit/waiting-rejections.ts';
import { checkRemoval, type Registered, remove } from './remove.ts';
import { replayOpen } from './replay.ts';

const LATE = { kind: 'client', tenantId: 'default', name: 'late' } as const;
const USER_APP = { kind: 'event_type', tenantId: 'default', name: 'user-app' } as const;

/** A message for client late, of type user-app; returns its id. */
async function storeMessage(pool: pg.Pool): Promise<string> {
  await fillWaiting(pool, 1);
  await addClient(pool, 'default', 'late');
  const { signal } = new AbortController();
  await replayOpen(pool, {}, { signal, progress() {}, maxExpandedBytes: 1_000_000 });
  const { rows } = await pool.query<{ id: string }>('select id from message');
  return rows[0]?.id ?? '';
}

test('what messages refer to stays, and the first of them is named', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const id = await storeMessage(pool);
  for (const row of [LATE, USER_APP]) {
    const referred = { kind: 'referred', by: [{ what: 'messages', example: id }] };
    expect(await checkRemoval(pool, row)).toEqual(referred);
    expect(await remove(pool, row)).toEqual(referred);
  }
  expect(await countOf(pool, `client where id = 'late'`)).toBe(1);
});

test('a tenant with clients and event types stays, with one of each named', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const tenant = { kind: 'tenant', tenantId: 'acme' } as const;
  await addTenant(pool, 'acme');
  await addClient(pool, 'acme', 'c');
  await addEventType(pool, 'acme', 'e', null);
  const by = [
    { what: 'clients', example: 'c' },
    { what: 'event types', example: 'e' },
  ];
  expect(await checkRemoval(pool, tenant)).toEqual({ kind: 'referred', by });
  await remove(pool, { kind: 'client', tenantId: 'acme', name: 'c' });
  await remove(pool, { kind: 'event_type', tenantId: 'acme', name: 'e' });
  expect(await checkRemoval(pool, tenant)).toEqual({ kind: 'free', waiting: 0 });
  expect(await remove(pool, tenant)).toEqual({ kind: 'removed' });
  expect(await countOf(pool, `tenant where id = 'acme'`)).toBe(0);
});

test('what nothing refers to is removed, also when open rejections name it: they wait on', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 3, { type: `'no-such-type'` });
  await addClient(pool, 'default', 'late');
  expect(await checkRemoval(pool, LATE)).toEqual({ kind: 'free', waiting: 3 });
  expect(await remove(pool, LATE)).toEqual({ kind: 'removed' });
  expect(await countOf(pool, `rejection where state = 'open'`)).toBe(3);
});

test('what is not registered is said not to be', async () => {
  await using database = await createDatabase();
  const rows: Registered[] = [
    { kind: 'tenant', tenantId: 'nobody' },
    { ...LATE, tenantId: 'nobody' },
    { ...USER_APP, name: 'nothing' },
  ];
  for (const row of rows) {
    expect(await checkRemoval(database.pool, row)).toEqual({ kind: 'missing' });
    expect(await remove(database.pool, row)).toEqual({ kind: 'missing' });
  }
});

test('a message that is stored between the check and the removal is not left without its client', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addClient(pool, 'default', 'late');
  expect(await checkRemoval(pool, LATE)).toMatchObject({ kind: 'free' });
  const id = await storeMessage(pool);
  expect(await remove(pool, LATE)).toEqual({ kind: 'referred', by: [{ what: 'messages', example: id }] });
});
