import { expect, test } from 'vitest';
import { registerNames } from '../postgres/registry/register-names.ts';
import { PostgresStore } from '../postgres/store.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { StoredAnnouncements } from './stored-announcements.ts';

const DISABLED = {
  type: 'endpoint.disabled',
  tenantId: 'default',
  clientId: 'client-3',
  endpointId: 'hooks',
  reason: 'the receiver answered 410: "gone"',
} as const;

test('a tenant hears of its endpoints where it has registered client and event type, and else nothing is kept', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const announcements = new StoredAnnouncements(new PostgresStore({ pool }));
  await announcements.announce(DISABLED);
  expect((await pool.query('select from message')).rowCount).toBe(0);
  const names = { clients: ['operator'], eventTypes: ['endpoint.disabled'] };
  await registerNames(pool, { tenants: ['default'], ...names });
  await announcements.announce(DISABLED);
  await announcements.announce({ ...DISABLED, type: 'endpoint.failing' });
  const { rows } = await pool.query('select client_id, event_type, source, payload from message');
  expect(rows).toEqual([
    {
      client_id: 'operator',
      event_type: 'endpoint.disabled',
      source: 'event-sender',
      payload: { client: 'client-3', endpoint: 'hooks', reason: DISABLED.reason },
    },
  ]);
  expect((await pool.query('select from rejection')).rowCount).toBe(0);
});

test('a schema of the event type is respected: what fits is stored, and what does not is an error, not silence', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const announcements = new StoredAnnouncements(new PostgresStore({ pool }));
  const names = { clients: ['operator'], eventTypes: ['endpoint.disabled'] };
  await registerNames(pool, { tenants: ['default'], ...names });
  await pool.query(`update event_type set schema = '{"required":["endpoint","reason"]}'`);
  await announcements.announce(DISABLED);
  expect((await pool.query('select from message')).rowCount).toBe(1);
  await pool.query(`update event_type set schema = '{"required":["severity"]}'`);
  await expect(announcements.announce(DISABLED)).rejects.toThrow('severity');
  expect((await pool.query('select from message')).rowCount).toBe(1);
});
