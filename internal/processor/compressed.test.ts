import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { type OpenRejection, type RejectionRecord, StoreError } from './ports.ts';
import { plainBodies, plainEvent as event } from '../proof/kit/events.ts';
import { MemoryInbox } from '../proof/kit/memory-inbox.ts';
import { MemoryStore } from '../proof/kit/memory-store.ts';
import { processorOn } from '../proof/kit/processor.ts';
import { until } from '../proof/kit/until.ts';
import { MappingRegistry } from './mappings.ts';
import { replayRejections } from './replay.ts';
import { SchemaRegistry } from './schemas.ts';

const LIMIT = 100_000;

const gzip = (text: string) => gzipSync(text).toString('base64');
const zstd = (text: string) => zstdCompressSync(text).toString('base64');
const array = (...events: unknown[]) => JSON.stringify(events);

function send(inbox: MemoryInbox, encoding: string, bodies: readonly string[]): void {
  inbox.send(bodies, undefined, { 'content-encoding': encoding });
}

async function run(inbox: MemoryInbox, store: MemoryStore) {
  const processor = processorOn(inbox, store, { maxExpandedBytes: LIMIT });
  const { signal } = new AbortController();
  await processor.run({ drain: signal, stop: signal });
  expect(processor.books.balanced).toBe(true);
  expect(inbox.size).toBe(0);
  return processor.books;
}

describe('compressed bodies', () => {
  test('are expanded and stored, beside uncompressed ones, single events and arrays', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    send(inbox, 'gzip', plainBodies(50).map(gzip));
    send(inbox, 'zstd', [zstd(array(event('a'), event('b'), { nonsense: true }))]);
    inbox.send(plainBodies(50, {}, 50));
    expect(await run(inbox, store)).toMatchObject({ received: 103, stored: 102, rejected: 1 });
    expect([...store.rejections.values()]).toMatchObject([{ eventIndex: 2, body: '{"nonsense":true}' }]);
  });

  test('are held to be what they hold: the same event uncompressed is a duplicate', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    const body = JSON.stringify(event('a'));
    inbox.send([body]);
    send(inbox, 'gzip', [gzip(body)]);
    expect(await run(inbox, store)).toMatchObject({ stored: 1, duplicates: 1 });
  });

  test('that cannot be expanded are rejections with their body as sent, and harm no other', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    const bad = ['Hello World', gzip('x').slice(0, 12), gzip(' '.repeat(LIMIT + 1)), zstd('x')];
    send(inbox, 'gzip', [...bad, ...plainBodies(20).map(gzip)]);
    send(inbox, 'br', ['CwWASGVsbG8D']);
    expect(await run(inbox, store)).toMatchObject({ received: 25, stored: 20, rejected: 5 });
    const kept = [...store.rejections.values()];
    expect(new Set(kept.map(({ reason }) => reason))).toEqual(new Set(['invalid_encoding']));
    expect(kept.map(({ body }) => body).sort()).toEqual([...bad, 'CwWASGVsbG8D'].sort());
    expect(kept[0]?.attributes).toEqual({ 'content-encoding': 'gzip' });
  });

  test('for a missing registration come right by themselves once it is there', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    send(inbox, 'zstd', [zstd(JSON.stringify(event('a', { client_id: 'late' })))]);
    await run(inbox, store);
    store.clients.add('default/late');
    const results = await replay(store, [...store.rejections.values()]);
    expect(results).toMatchObject([{ kind: 'replayed', messageId: expect.any(String) }]);
    expect([...store.messages.values()].map((each) => each.event.eventId)).toEqual(['a']);
  });

  test('many of them, far more than the room, all come through', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    const message = { filler: 'x'.repeat(90_000) };
    send(inbox, 'gzip', plainBodies(300, { message }).map(gzip)); // 27 MB in 30 kB
    expect(await run(inbox, store)).toMatchObject({ received: 300, stored: 300 });
  });
});

test('what waits to be expanded while PostgreSQL is away is given back at the drain', async () => {
  const inbox = new MemoryInbox();
  const store = new MemoryStore();
  store.before = () => {
    throw new StoreError('unavailable', 'connection refused', '08006', undefined);
  };
  const message = { filler: 'x'.repeat(90_000) };
  send(inbox, 'gzip', plainBodies(300, { message }).map(gzip));
  const processor = processorOn(inbox, store, { maxExpandedBytes: LIMIT, untilEmpty: false, polls: 20 });
  const drain = new AbortController();
  const ended = processor.run({ drain: drain.signal, stop: new AbortController().signal });
  await until(() => !processor.health.postgres, { what: 'the gate' });
  drain.abort();
  await ended;
  const { books } = processor;
  expect([books.balanced, books.inFlight, books.stored, books.rejected]).toEqual([true, 0, 0, 0]);
  expect(inbox.visible).toBe(300);
});

async function replay(store: MemoryStore, rejections: readonly OpenRejection[], maxExpandedBytes = LIMIT) {
  const known = { schemas: new SchemaRegistry(), mappings: new MappingRegistry() };
  return (await replayRejections(rejections, { store, ...known, maxExpandedBytes })).results;
}

const REJECTION: RejectionRecord = {
  reason: 'invalid_encoding',
  detail: 'too large',
  queue: 'events',
  sqsMessageId: 'sqs-1',
  eventIndex: null,
  claims: {},
  body: '',
  attributes: { 'content-encoding': 'gzip' },
  systemAttributes: {},
  receiveCount: 1,
  receivedAt: new Date(0),
};

describe('a replay of a whole body that holds an array', () => {
  async function keep(body: string): Promise<MemoryStore> {
    const store = new MemoryStore();
    await store.reject([{ ...REJECTION, body }]);
    return store;
  }

  test('stores its events, keeps those refused as rejections of their own, and settles it', async () => {
    const store = await keep(gzip(array(event('a'), event('b', { client_id: 'nobody' }), event('c'), 42)));
    const results = await replay(store, [...store.rejections.values()]);
    expect(results).toMatchObject([
      {
        kind: 'replayed',
        messageId: null,
        refusals: [{ reason: 'unknown_client' }, { reason: 'invalid_envelope' }],
      },
    ]);
    expect([...store.messages.values()].map((each) => each.event.eventId)).toEqual(['a', 'c']);
    expect([...store.rejections.values()]).toMatchObject([
      { eventIndex: null, state: 'replayed' },
      {
        eventIndex: 1,
        state: 'open',
        reason: 'unknown_client',
        sqsMessageId: 'sqs-1',
        claims: { eventId: 'b' },
      },
      { eventIndex: 3, state: 'open', reason: 'invalid_envelope', body: '42' },
    ]);
  });

  test('gives a refused event of an array the id again that it had when it came, of its wrapper', async () => {
    const store = new MemoryStore();
    const inbox = new MemoryInbox();
    const [first, second] = [
      { event_type: 'late', client_id: 'client-3', message: 1 },
      { event_type: 'user-app', client_id: 'client-3', message: 2 },
    ];
    const notification = (held: unknown) =>
      JSON.stringify({
        Type: 'Notification',
        TopicArn: 'arn',
        MessageId: 'sns-1',
        Message: JSON.stringify(held),
      });
    inbox.send([notification([first, second])], () => 'sqs-1');
    await run(inbox, store);
    store.register('default', 'late', '0', null);
    await replay(store, [...store.rejections.values()]);
    inbox.send([notification([first, second])], () => 'sqs-2'); // the same, from another queue of the topic
    const { duplicates } = await run(inbox, store);
    expect(duplicates).toBe(2);
    expect([...store.messages.values()].map(({ event }) => event.eventId)).toEqual(['sns-1-1', 'sns-1-0']);
  });

  test('done again, because its end was not written down, stores nothing twice', async () => {
    const store = await keep(gzip(array(event('a'), 42)));
    const open = [...store.rejections.values()].map((each) => ({ ...each }));
    vi.spyOn(store, 'settle').mockRejectedValueOnce(new Error('gone'));
    await expect(replay(store, open)).rejects.toThrow('gone');
    await replay(store, open);
    expect(store.messages.size).toBe(1);
    expect([...store.rejections.values()].map(({ state }) => state)).toEqual(['replayed', 'open']);
  });

  test('leaves it open while it still cannot be expanded, and stores it under a higher limit', async () => {
    const store = await keep(gzip(array(event('a', { message: 'x'.repeat(LIMIT) }), event('b'))));
    expect(await replay(store, [...store.rejections.values()])).toMatchObject([
      { kind: 'refused', reason: 'invalid_encoding', detail: expect.stringContaining('100000 bytes') },
    ]);
    const open = [...store.rejections.values()];
    expect(open).toMatchObject([{ state: 'open' }]);
    await replay(store, open, 2 * LIMIT);
    expect(store.messages.size).toBe(2);
  });

  test('stores after every few MiB: a page of small bodies does not become one huge statement', async () => {
    const store = new MemoryStore();
    const message = 'x'.repeat(900_000);
    await store.reject(
      Array.from({ length: 20 }, (_, i) => ({
        ...REJECTION,
        sqsMessageId: `sqs-${i}`,
        body: gzip(JSON.stringify(event(i, { message }))),
      })),
    );
    await replay(store, [...store.rejections.values()], 1_000_000);
    expect(store.batches).toEqual([5, 5, 5, 5]);
    expect(store.messages.size).toBe(20);
  });
});
