import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoreError } from './ports.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { inFakeTime, slowly } from '../proof/kit/fake-time.ts';
import { MemoryInbox } from '../proof/kit/memory-inbox.ts';
import { MemoryStore } from '../proof/kit/memory-store.ts';
import { processorOn } from '../proof/kit/processor.ts';
import type { ProcessorSettings } from './settings.ts';

// Batches are smaller than what a receive returns, so that a message group always spans several.
const SETTINGS: Partial<ProcessorSettings> = {
  batch: { events: 3, bytes: 1_000_000, ageMs: 1 },
  storeConnections: 4,
  maxExpandedBytes: 1_000_000,
};
const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function processorOf(inbox: MemoryInbox, store: MemoryStore, settings: Partial<ProcessorSettings> = {}) {
  return processorOn(inbox, store, { ...SETTINGS, ...settings });
}

async function drain(inbox: MemoryInbox, store: MemoryStore, settings: Partial<ProcessorSettings> = {}) {
  const processor = processorOf(inbox, store, settings);
  await inFakeTime(processor.run({ drain: never, stop: never }));
  expect(processor.books).toMatchObject({ balanced: true, inFlight: 0 });
  return processor.books;
}

/** Events of a message group, in their order; their tenant does not matter to it. */
function sendGroup(
  inbox: MemoryInbox,
  group: string,
  count: number,
  more: (i: number) => object = () => ({}),
) {
  for (let i = 0; i < count; i += 1) {
    inbox.send(
      [JSON.stringify(plainEvent(i, { source: group, ...more(i) }))],
      () => `${group}-${i}`,
      {},
      {
        MessageGroupId: group,
      },
    );
  }
}

/** Returns the stored events of a message group, in the order of commit. */
function storedOf(store: MemoryStore, group: string): number[] {
  return [...store.messages.values()]
    .filter(({ event }) => event.source === group)
    .map(({ event }) => Number(event.eventId));
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test('batches under way at once do not change the order within a message group', async () => {
  const inbox = new MemoryInbox(60, 'memory.fifo');
  const store = new MemoryStore();
  // The first to arrive are the slowest to be stored.
  store.before = (_, events) => slowly(events.some(({ event }) => event.eventId === '0') ? 30 : 1);
  for (const group of ['a', 'b', 'c']) sendGroup(inbox, group, 40);
  await drain(inbox, store);
  for (const group of ['a', 'b', 'c']) expect(storedOf(store, group)).toEqual(upTo(40));
});

test('the events of one message group stay in order although they are of several tenants', async () => {
  const inbox = new MemoryInbox(60, 'memory.fifo');
  const store = new MemoryStore();
  store.tenants.add('other');
  store.clients.add('other/client-3');
  store.register('other', 'user-app', '0', null);
  store.before = () => slowly(2);
  sendGroup(inbox, 'a', 40, (i) => (i % 3 === 0 ? { tenant_id: 'other' } : {}));
  await drain(inbox, store);
  expect(storedOf(store, 'a')).toEqual(upTo(40));
});

test('compressed bodies, which are expanded one by one, are not overtaken by others of their message group', async () => {
  const inbox = new MemoryInbox(60, 'memory.fifo');
  const store = new MemoryStore();
  for (let i = 0; i < 30; i += 1) {
    const body = JSON.stringify(plainEvent(i, { source: 'a' }));
    const compressed = i % 3 === 0;
    const attributes = compressed ? { 'content-encoding': 'gzip' } : {};
    inbox.send([compressed ? gzipSync(body).toString('base64') : body], () => `a-${i}`, attributes, {
      MessageGroupId: 'a',
    });
  }
  await drain(inbox, store);
  expect(storedOf(store, 'a')).toEqual(upTo(30));
});

test('message groups of a standard queue only name the tenant, and do not wait for each other', async () => {
  const inbox = new MemoryInbox();
  const store = new MemoryStore();
  let under = 0;
  let most = 0;
  store.before = async () => {
    under += 1;
    most = Math.max(most, under);
    await slowly(10);
    under -= 1;
  };
  sendGroup(inbox, 'a', 40);
  await drain(inbox, store);
  expect(most).toBeGreaterThan(1);
});

test('nothing overtakes what waits for PostgreSQL, for a changed schema, or to stand alone in a statement', async () => {
  const inbox = new MemoryInbox(60, 'memory.fifo');
  const store = new MemoryStore();
  let calls = 0;
  store.before = (operation, events) => {
    calls += 1;
    if (calls % 5 === 1 && calls < 30) throw new StoreError('unavailable', 'gone', '08006', undefined);
    if (calls === 8) store.register('default', 'monitor-app', '1', true);
    if (operation === 'store' && events.some(({ event }) => Number(event.eventId) % 10 === 4))
      throw new StoreError('bad_row', 'refused', '22P05', undefined);
  };
  const typeOf = (i: number) => ({ event_type: i % 2 === 0 ? 'monitor-app' : 'user-app' });
  for (const group of ['a', 'b']) sendGroup(inbox, group, 30, typeOf);
  const books = await drain(inbox, store, { batch: { events: 8, bytes: 1_000_000, ageMs: 1 } });
  expect(books).toMatchObject({ stored: 54, rejected: 6 });
  for (const group of ['a', 'b'])
    expect(storedOf(store, group)).toEqual(upTo(30).filter((i) => i % 10 !== 4));
});

test('what follows on a message whose lease ran out is not stored before it', async () => {
  const inbox = new MemoryInbox(3, 'memory.fifo');
  const store = new MemoryStore();
  // The lease of the second message cannot be extended: it is lost while the first is stored.
  inbox.changeVisibility = async (receipts, seconds, signal) => {
    const lost = receipts.filter(({ sqsMessageId }) => sqsMessageId === 'a-1');
    await MemoryInbox.prototype.changeVisibility.call(
      inbox,
      receipts.filter((receipt) => !lost.includes(receipt)),
      seconds,
      signal,
    );
    return lost.map(({ sqsMessageId }) => ({ sqsMessageId, retryable: false, error: 'lost' }));
  };
  store.before = (_, events) =>
    events.some(({ event }) => event.eventId === '0') ? slowly(2_500) : undefined;
  sendGroup(inbox, 'a', 10);
  const books = await drain(inbox, store, {
    visibilityTimeoutSeconds: 3,
    batch: { events: 1, bytes: 1_000, ageMs: 1 },
  });
  expect(books.released).toBeGreaterThan(0);
  expect(storedOf(store, 'a')).toEqual(upTo(10));
});

test('a drain that gives part of a message group back gives back all that follows', async () => {
  const inbox = new MemoryInbox(60, 'memory.fifo');
  const store = new MemoryStore();
  const draining = new AbortController();
  // PostgreSQL is away for three tries, after which a drain gives a batch up; then it is back.
  let failures = 0;
  store.before = () => {
    if (store.messages.size < 6 || failures === 3) return;
    failures += 1;
    draining.abort();
    throw new StoreError('unavailable', 'gone', '08006', undefined);
  };
  sendGroup(inbox, 'a', 10);
  const processor = processorOf(inbox, store, { untilEmpty: false });
  await inFakeTime(processor.run({ drain: draining.signal, stop: never }));
  expect(processor.books).toMatchObject({ balanced: true, stored: 6, released: 4 });
  expect(inbox.visible).toBe(4);
  await drain(inbox, store);
  expect(storedOf(store, 'a')).toEqual(upTo(10));
});

test('after a statement that took too long, a group of which something waits was stored out of order', async () => {
  const inbox = new MemoryInbox(60, 'memory.fifo');
  const store = new MemoryStore();
  sendGroup(inbox, 'a', 10, (i) => ({ client_id: i === 0 ? 'client-1' : 'client-3' }));
  let statements = 0;
  const awaits = { table: 'client', row: { tenantId: 'default', name: 'client-1' } } as const;
  store.before = (_, events) => {
    statements += 1;
    if (statements === 1) throw new StoreError('unavailable', 'took too long', '57014', undefined);
    if (statements < 20 && events.some(({ event }) => event.clientId === 'client-1'))
      throw new StoreError('blocked', 'lock timeout', '55P03', undefined, awaits);
  };
  await drain(inbox, store);
  expect(storedOf(store, 'a')).toEqual(upTo(10));
});
