import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreError } from './ports.ts';
import { plainBodies as bodies, plainEvent as event } from '../proof/kit/events.ts';
import { advanceUntil, inFakeTime, slowly } from '../proof/kit/fake-time.ts';
import { MemoryInbox } from '../proof/kit/memory-inbox.ts';
import { MemoryStore } from '../proof/kit/memory-store.ts';
import { processorOn } from '../proof/kit/processor.ts';
import { until } from '../proof/kit/until.ts';
import type { ProcessorSettings } from './settings.ts';

function start(inbox: MemoryInbox, store: MemoryStore, settings: Partial<ProcessorSettings> = {}) {
  const drain = new AbortController();
  const stop = new AbortController();
  const processor = processorOn(inbox, store, settings);
  const ended = processor.run({ drain: drain.signal, stop: stop.signal });
  return { processor, drain, stop, ended };
}

/** Runs until the queue is empty. */
async function run(inbox: MemoryInbox, store: MemoryStore, settings: Partial<ProcessorSettings> = {}) {
  const { processor, ended } = start(inbox, store, settings);
  await inFakeTime(ended);
  expect(processor.books.balanced).toBe(true);
  expect(processor.books.inFlight).toBe(0);
  return processor.books;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const unavailable = () => new StoreError('unavailable', 'connection refused', '08006', undefined);
const badRow = () => new StoreError('bad_row', 'unsupported Unicode escape sequence', '22P05', undefined);

describe('what becomes of events', () => {
  test('stores every event once and deletes its message', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    inbox.send(bodies(500));
    const books = await run(inbox, store);
    expect(store.messages.size).toBe(500);
    expect(inbox.size).toBe(0);
    expect(books).toMatchObject({ received: 500, stored: 500, duplicates: 0, released: 0 });
  });

  test('counts a repeated event as a duplicate, in the same array, the same receive and later', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    inbox.send([JSON.stringify([event('a'), event('a')]), JSON.stringify(event('a'))]);
    await run(inbox, store);
    inbox.send([JSON.stringify(event('a'))]);
    const books = await run(inbox, store);
    expect(store.messages.size).toBe(1);
    expect(books).toMatchObject({ received: 1, duplicates: 1 });
    expect(store.rejections.size).toBe(0);
  });

  test('keeps a body that is not JSON as a rejection and deletes it', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    inbox.send(['Hello World']);
    await run(inbox, store);
    expect([...store.rejections.values()]).toMatchObject([{ reason: 'malformed_json', body: 'Hello World' }]);
    expect(inbox.size).toBe(0);
  });

  test('rejects the bad elements of an array and stores the others', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    inbox.send([JSON.stringify([event(1), { nonsense: true }, event(2), event(3, { client_id: 'nobody' })])]);
    const books = await run(inbox, store);
    expect(store.messages.size).toBe(2);
    expect(
      [...store.rejections.values()].map(({ eventIndex, reason }) => [eventIndex, reason]).sort(),
    ).toEqual([
      [1, 'invalid_envelope'],
      [3, 'unknown_client'],
    ]);
    expect(books).toMatchObject({ received: 4, stored: 2, rejected: 2 });
  });

  test('rejects the same id with other content and leaves the stored message alone', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    inbox.send([JSON.stringify(event('a'))]);
    await run(inbox, store);
    inbox.send([JSON.stringify(event('a', { message: { n: 2 } }))]);
    await run(inbox, store);
    expect([...store.rejections.values()]).toMatchObject([{ reason: 'id_conflict' }]);
    expect([...store.messages.values()].map(({ event: { payload } }) => payload)).toEqual(['{"n":1}']);
  });

  test('isolates the one row that the database refuses and stores the other 499', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    inbox.send(bodies(500));
    store.before = (_, events) => {
      if (events.some((each) => each.event.eventId === '333')) throw badRow();
    };
    const books = await run(inbox, store, {
      batch: { events: 500, bytes: 1e9, ageMs: 50 },
      maxInFlight: 2_000,
    });
    expect(books).toMatchObject({ stored: 499, rejected: 1 });
    const [rejection] = store.rejections.values();
    expect(rejection).toMatchObject({ reason: 'unstorable', claims: { eventId: '333' } });
    expect(rejection?.detail).toContain('22P05');
  });

  test('checks payloads against a schema it has not seen yet, and against its next version', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    const schemaFor = (type: string) => ({ type: 'object', properties: { n: { type } }, required: ['n'] });
    store.register('default', 'user-app', '1', schemaFor('string'));
    inbox.send([JSON.stringify(event('a'))]);
    const { processor, drain, ended } = start(inbox, store, { untilEmpty: false });
    await advanceUntil(() => store.rejections.size === 1, { what: 'the rejection' });
    expect([...store.rejections.values()]).toMatchObject([
      { reason: 'schema_violation', detail: 'payload/n must be string' },
    ]);
    store.register('default', 'user-app', '2', schemaFor('number'));
    inbox.send([JSON.stringify(event('b'))]);
    await advanceUntil(() => processor.books.received === 2 && processor.books.inFlight === 0, {
      what: 'the outcome',
    });
    drain.abort();
    await inFakeTime(ended);
    expect(processor.books).toMatchObject({ stored: 0, rejected: 2 });
  });
});

describe('while the database is away', () => {
  test('receives no more, keeps what it has, rejects nothing and goes on by itself', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    let away = true;
    store.before = () => {
      if (away) throw unavailable();
    };
    inbox.send(bodies(300));
    const { processor, ended } = start(inbox, store);
    await advanceUntil(() => !processor.health.postgres, { what: 'the gate' });
    await vi.advanceTimersByTimeAsync(100); // what polls under way brought is here
    const { visible } = inbox;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(inbox.visible).toBe(visible);
    expect(visible).toBeGreaterThan(0);
    expect(store.rejections.size).toBe(0);
    away = false;
    await inFakeTime(ended);
    expect(store.messages.size).toBe(300);
    expect(processor.books).toMatchObject({ stored: 300, rejected: 0, released: 0 });
    expect(processor.books.balanced).toBe(true);
  });

  test('books a batch as stored when the answer to its commit was lost', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    let lost = 0;
    store.after = () => {
      if (lost++ === 0) throw unavailable();
    };
    inbox.send(bodies(20));
    const books = await run(inbox, store);
    expect(books).toMatchObject({ stored: 20, duplicates: 0 });
  });

  test('gives everything back to the queue when told to drain', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    store.before = () => {
      throw unavailable();
    };
    inbox.send(bodies(200));
    const { processor, drain, ended } = start(inbox, store, { untilEmpty: false });
    await advanceUntil(() => !processor.health.postgres, { what: 'the gate' });
    drain.abort();
    await inFakeTime(ended);
    expect(inbox.visible).toBe(200);
    expect(processor.books).toMatchObject({ stored: 0, released: processor.books.received, inFlight: 0 });
  });
});

describe('a schema', () => {
  test('that is the JSON value null, set by hand, lets every payload pass and holds nothing up', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    store.register('default', 'user-app', '7', null);
    inbox.send([JSON.stringify(event('a', { event_type: 'user-app' })), JSON.stringify(event('b'))]);
    await run(inbox, store);
    expect(store.messages.size).toBe(2);
  });

  test('that is another at every look is as if the database were away: it can be drained, and nothing is rejected', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    let version = 0;
    store.before = async () => {
      version += 1;
      store.register('default', 'user-app', String(version), true);
      await Promise.resolve();
    };
    inbox.send([JSON.stringify(event('a', { event_type: 'user-app' }))]);
    const { processor, ended, drain } = start(inbox, store, { untilEmpty: false });
    await advanceUntil(() => !processor.health.postgres, { what: 'the gate' });
    drain.abort();
    await inFakeTime(ended);
    expect(processor.books).toMatchObject({ balanced: true, released: 1, rejected: 0 });
    expect(inbox.visible).toBe(1);
  });
});

describe('deletes', () => {
  test('happen only after the commit', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    const early: string[] = [];
    inbox.failing = (receipts) => {
      const stored = new Set([...store.messages.values()].map((each) => each.event.eventId));
      early.push(...receipts.map(({ sqsMessageId }) => sqsMessageId).filter((id) => !stored.has(id)));
      return [];
    };
    store.before = () => slowly(5);
    inbox.send(bodies(200), String);
    await run(inbox, store);
    expect(early).toEqual([]);
    expect(inbox.size).toBe(0);
  });

  test('wait for the last event of an array, also when its events are stored in different batches', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    store.before = (_, events) => (events.some((each) => each.event.eventId === '9') ? gate : undefined);
    inbox.send([JSON.stringify(Array.from({ length: 10 }, (_, i) => event(i)))]);
    const { processor, ended } = start(inbox, store, { batch: { events: 3, bytes: 1e9, ageMs: 1 } });
    await advanceUntil(() => processor.books.stored === 9, { what: 'nine of ten events stored' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(inbox.deletes).toEqual([]);
    release();
    await inFakeTime(ended);
    expect(inbox.deletes).toHaveLength(1);
    expect(processor.books).toMatchObject({ received: 10, stored: 10 });
  });
});

describe('leases', () => {
  test('are extended while work waits, so that it is not received again', async () => {
    const inbox = new MemoryInbox(20);
    const store = new MemoryStore();
    let away = true;
    store.before = () => {
      if (away) throw unavailable();
    };
    inbox.send(bodies(30));
    const { processor, ended } = start(inbox, store, { visibilityTimeoutSeconds: 20, maxInFlight: 100 });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(inbox.highestReceiveCount).toBe(1);
    away = false;
    await inFakeTime(ended);
    expect(new Set(inbox.visibilityChanges.map(({ seconds }) => seconds))).toEqual(new Set([20]));
    expect(processor.books).toMatchObject({ stored: 30, released: 0 });
  });
});

describe('shutdown', () => {
  test('under load stores and deletes what it has, and leaves the rest visible', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    store.before = () => slowly(2);
    inbox.send(bodies(3_000));
    const { processor, drain, ended } = start(inbox, store, { untilEmpty: false, maxInFlight: 200 });
    await advanceUntil(() => processor.books.stored > 300, { what: 'load' });
    drain.abort();
    await inFakeTime(ended);
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(processor.books.balanced).toBe(true);
    expect(processor.books.released).toBe(0);
    expect(inbox.visible).toBe(3_000 - store.messages.size);
  });

  test('ends only once the last deletes have been answered', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    store.before = () => slowly(500);
    inbox.before = (operation) => (operation === 'acknowledge' ? slowly(500) : undefined);
    inbox.send(bodies(3));
    const { processor, drain, ended } = start(inbox, store, { untilEmpty: false });
    await advanceUntil(() => processor.books.inFlight === 3, { what: 'events in flight' });
    drain.abort();
    expect(await inFakeTime(ended.then(() => inbox.size))).toBe(0);
  });

  test('at the deadline gives back what hangs in a statement', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    store.before = () => new Promise(() => {});
    inbox.send(bodies(40));
    const { processor, stop, ended } = start(inbox, store, { untilEmpty: false });
    await advanceUntil(() => processor.books.inFlight === 40, { what: 'events in flight' });
    stop.abort();
    await inFakeTime(ended);
    expect(inbox.visible).toBe(40);
    expect(processor.books).toMatchObject({ released: 40, inFlight: 0 });
  });

  test('by an error nobody expected gives everything back and says what it was', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    store.before = () => {
      throw new TypeError('a bug');
    };
    inbox.send(bodies(40));
    const { processor, ended } = start(inbox, store, { untilEmpty: false });
    await expect(inFakeTime(ended)).rejects.toThrow('a bug');
    expect(inbox.visible).toBe(40);
    expect(processor.books.balanced).toBe(true);
  });
});

describe('room', () => {
  test('bounds how many messages are held', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    let most = 0;
    store.before = async () => {
      most = Math.max(most, inbox.size - inbox.visible);
      await slowly(2);
    };
    inbox.send(bodies(1_000));
    await run(inbox, store, { maxInFlight: 60, batch: { events: 20, bytes: 1e9, ageMs: 1 } });
    expect(store.messages.size).toBe(1_000);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(60);
  });

  test('bounds how many events are held, however few messages they come in', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    let most = 0;
    store.before = async () => {
      most = Math.max(most, processor.books.inFlight);
      await slowly(2);
    };
    const events = Array.from({ length: 20_000 }, (_, i) => event(`${i}`));
    inbox.send(Array.from({ length: 200 }, (_, i) => JSON.stringify(events.slice(i * 100, i * 100 + 100))));
    const batch = { events: 500, bytes: 1e9, ageMs: 5 };
    const { processor, ended } = start(inbox, store, { polls: 16, batch });
    await inFakeTime(ended);
    expect(store.messages.size).toBe(20_000);
    // 8 MiB at 2 KiB an event; on top, what one poll of ten messages may bring, and one message of the line.
    expect(most).toBeGreaterThan(1_000);
    expect(most).toBeLessThanOrEqual(4_096 + 1_000 + 100);
  });

  test.each([
    ['large bodies', bodies(150, { message: 'x'.repeat(200_000) }), {}],
    ['small bodies with large attributes', bodies(150), { note: 'x'.repeat(200_000) }],
    [
      'compressed bodies with white space around them',
      bodies(150).map((body) => gzipSync(body).toString('base64') + ' '.repeat(200_000)),
      { 'content-encoding': 'gzip' },
    ],
  ])('bounds what is held of %s', async (_, sent, attributes) => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    let most = 0;
    store.before = async () => {
      most = Math.max(most, processor.books.inFlight);
      await slowly(2);
    };
    inbox.send(sent, undefined, attributes);
    const { processor, ended } = start(inbox, store, { batch: { events: 5, bytes: 1e9, ageMs: 1 } });
    await inFakeTime(ended);
    expect(store.messages.size).toBe(150);
    // 8 MiB at 200 kB, and what polls bring before the first of these is seen.
    expect(most).toBeLessThan(100);
  });
});

test('what a schema makes slow takes turns with everything else', async () => {
  vi.useRealTimers(); // a turn ends by the clock
  const inbox = new MemoryInbox();
  const store = new MemoryStore();
  const doubling = (levels: number): unknown =>
    levels === 0 ? { type: 'null' } : { anyOf: [doubling(levels - 1), doubling(levels - 1)] };
  store.register('default', 'slow', '1', doubling(15));
  const slow = (id: string) => event(id, { event_type: 'slow', message: 'x'.repeat(2_000) });
  inbox.send([JSON.stringify(slow('known'))]); // from here on the schema is known, and checked before the store
  const { processor, drain, ended } = start(inbox, store, { untilEmpty: false });
  await until(() => store.rejections.size === 1, { what: 'the first' });
  inbox.send([JSON.stringify(Array.from({ length: 80 }, (_, i) => slow(`${i}`)))]);
  await until(() => inbox.visible === 0, { what: 'the receive' });
  inbox.send([JSON.stringify(event('quick'))]);
  await until(() => store.messages.size === 1, { what: 'the quick one' });
  expect(processor.books.rejected).toBe(1); // of the slow ones, none has come to its end
  await until(() => store.rejections.size === 81, { what: 'the slow ones', timeoutMs: 20_000 });
  drain.abort();
  await ended;
});
