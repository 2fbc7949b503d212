import { expect, test } from 'vitest';
import type { StorableEvent } from '../processor/ports.ts';
import { mintUuid7, uuid7LowerBound } from '../event/uuid7.ts';
import { listMessages, messagesById, showMessage } from '../postgres/messages/browse.ts';
import { addEventType, addTenant, addClient } from '../postgres/registry/add.ts';
import { PostgresStore } from '../postgres/store.ts';
import { decide } from '../processor/decide.ts';
import { MappingRegistry } from '../processor/mappings.ts';
import { SchemaRegistry } from '../processor/schemas.ts';
import { createDatabase, type TestDatabase } from '../proof/kit/database.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { findByEventId } from './find-messages.ts';

const DAY_MS = 86_400_000;

/** Decides the body of an SQS message with one event, as if it had been received at that time. */
function decided(body: string, atMs: number): StorableEvent {
  const known = { schemas: new SchemaRegistry(), mappings: new MappingRegistry() };
  const [first] = decide(
    { sqsMessageId: 'sqs', body, attributes: {}, systemAttributes: {} },
    { queue: 'events', receivedAt: new Date(atMs) },
    { ...known, maxExpandedBytes: 1_000_000 },
  ).events;
  if (first?.decision.kind !== 'storable') throw new Error('not an event');
  return { ...first.decision.storable, messageId: mintUuid7(atMs) };
}

/** Stores events in their order, each at a time of its own; returns their message ids. */
async function storeAll(
  { pool }: TestDatabase,
  events: readonly object[],
  fromMs = Date.now(),
): Promise<string[]> {
  const storable = events.map((each, i) => decided(JSON.stringify(each), fromMs + i));
  const outcomes = await new PostgresStore({ pool }).store(storable);
  return outcomes.map((outcome) => ('messageId' in outcome ? outcome.messageId : outcome.kind));
}

const ids = (messages: readonly { id: string }[]) => messages.map(({ id }) => id);

test('a message is found by its event id, under the source it names or the type that is its source', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const [named, plain] = await storeAll(database, [
    plainEvent('a', { source: 'shop' }),
    plainEvent('a', { source: undefined, event_type: 'monitor-app' }),
  ]);
  const identity = { tenantId: 'default', eventId: 'a' };
  expect(ids((await findByEventId(pool, { ...identity, source: 'shop' })).messages)).toEqual([named]);
  expect(ids((await findByEventId(pool, identity)).messages)).toEqual([plain]);
  expect(await findByEventId(pool, { ...identity, tenantId: 'other' })).toEqual({ messages: [], gone: [] });
  expect(await findByEventId(pool, { ...identity, eventId: 'b' })).toEqual({ messages: [], gone: [] });
});

test('an event whose day was dropped is known to the ledger still', async () => {
  await using database = await createDatabase();
  const [id = ''] = await storeAll(database, [plainEvent('a', { source: 'shop' })]);
  await database.pool.query('truncate message');
  const found = await findByEventId(database.pool, { tenantId: 'default', eventId: 'a', source: 'shop' });
  expect(found).toEqual({ messages: [], gone: [{ source: 'shop', messageId: id }] });
});

test('messages are listed newest first, page by page, also those that few of many match', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const events = Array.from({ length: 1_000 }, (_, i) =>
    plainEvent(i, {
      client_id: i % 250 === 7 ? 'client-1' : 'client-2',
      event_type: i % 2 === 0 ? 'user-app' : 'monitor-app',
    }),
  );
  const stored = (await storeAll(database, events)).toReversed();
  expect(ids(await listMessages(pool, {}, { limit: 5_000 }))).toEqual(stored);
  expect(ids(await listMessages(pool, {}, { limit: 3 }))).toEqual(stored.slice(0, 3));
  expect(ids(await listMessages(pool, {}, { limit: 3, beforeId: stored[2] ?? '' }))).toEqual(
    stored.slice(3, 6),
  );
  const rare = stored.filter((_, i) => (999 - i) % 250 === 7);
  expect(ids(await listMessages(pool, { clientId: 'client-1' }, { limit: 100 }))).toEqual(rare);
  const [first = '', ...others] = rare;
  expect(ids(await listMessages(pool, { clientId: 'client-1' }, { limit: 2, beforeId: first }))).toEqual(
    others.slice(0, 2),
  );
  expect(await listMessages(pool, { clientId: 'client-1', eventType: 'user-app' }, { limit: 100 })).toEqual(
    [],
  );
  expect(await listMessages(pool, { tenantId: 'other' }, { limit: 100 })).toEqual([]);
});

test('bounds of time read no partition outside of them', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTenant(pool, 'acme');
  await addClient(pool, 'acme', 'client-1');
  await addEventType(pool, 'acme', 'user-app', null);
  const nowMs = Date.UTC(2031, 0, 10, 12);
  const days = [3, 2, 1].map((ago) => nowMs - ago * DAY_MS);
  const stored: string[] = [];
  for (const [i, dayMs] of days.entries())
    stored.push(
      ...(await storeAll(database, [plainEvent(i, { tenant_id: 'acme', client_id: 'client-1' })], dayMs)),
    );
  const since = new Date(nowMs - 2.5 * DAY_MS);
  const until = new Date(nowMs - 1.5 * DAY_MS);
  const list = (filter: object) => listMessages(pool, { tenantId: 'acme', ...filter }, { limit: 10 });
  expect(ids(await list({ since, until }))).toEqual([stored[1]]);
  expect(ids(await list({ until }))).toEqual([stored[1], stored[0]]);
  expect(ids(await list({ since }))).toEqual([stored[2], stored[1]]);
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
    `explain select from message where id < '${uuid7LowerBound(until.getTime())}' and id >= '${uuid7LowerBound(since.getTime())}'
      order by id desc limit 10`,
  );
  const read = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(read).toContain('message_20310108');
  expect(read).not.toContain('message_20310107');
});

test('a long payload is not indented: deep nesting would make a gigabyte of it', async () => {
  await using database = await createDatabase();
  const payload = `${'['.repeat(500)}${Array.from({ length: 200_000 }, () => 1).join(', ')}${']'.repeat(500)}`;
  const body = `{"event_type":"user-app","client_id":"client-3","event_id":"a","source":"s","message":${payload}}`;
  const storable = decided(body, Date.now());
  await new PostgresStore({ pool: database.pool }).store([storable]);
  expect((await showMessage(database.pool, storable.messageId))?.prettyPayload).toBe(payload);
});

test('a message is shown whole, with its numbers as they are stored', async () => {
  await using database = await createDatabase();
  const payload = '{"big": 9007199254740993, "long": 0.1000000000000000055511151231257827}';
  const body = `{"event_type":"user-app","client_id":"client-3","event_id":"a","source":"s","deliver_after":"2026-02-01T00:00:00+01:00","message":${payload}}`;
  const storable = decided(body, Date.UTC(2026, 0, 31, 12, 0, 0, 123));
  const { messageId, event } = storable;
  const attributes = '{"n": 9007199254740993}';
  await new PostgresStore({ pool: database.pool }).store([{ ...storable, event: { ...event, attributes } }]);
  const shown = await showMessage(database.pool, messageId);
  expect(shown?.payload).toBe(payload);
  expect(shown?.prettyPayload).toContain('\n    "big": 9007199254740993');
  const columns = new Map(shown?.columns.map((column) => [column.name, column]));
  expect([...columns.keys()].slice(0, 6)).toEqual([
    'id',
    'tenantId',
    'clientId',
    'eventType',
    'source',
    'eventId',
  ]);
  expect(columns.get('attributes')).toEqual({ name: 'attributes', text: attributes, json: attributes });
  expect(columns.get('traceparent')).toEqual({ name: 'traceparent', text: null, json: 'null' });
  expect(columns.get('receivedAt')?.text).toMatch(/^2026-01-31T12:00:00.123/);
  expect(columns.get('deliverAfter')?.text).toBe('2026-01-31T23:00:00+00:00');
  expect(await messagesById(database.pool, [messageId])).toMatchObject([
    { deliverAfter: new Date('2026-01-31T23:00:00Z') },
  ]);
  expect(await showMessage(database.pool, mintUuid7())).toBeUndefined();
  expect(ids(await messagesById(database.pool, [messageId, mintUuid7()]))).toEqual([messageId]);
});
