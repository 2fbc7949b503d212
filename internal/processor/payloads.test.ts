import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { plainBodies, plainEvent } from '../proof/kit/events.ts';
import { MemoryInbox } from '../proof/kit/memory-inbox.ts';
import { MemoryPayloads } from '../proof/kit/memory-payloads.ts';
import { MemoryStore } from '../proof/kit/memory-store.ts';
import { processorOn } from '../proof/kit/processor.ts';
import { until } from '../proof/kit/until.ts';
import { MappingRegistry } from './mappings.ts';
import type { Payloads } from './ports.ts';
import { replayRejections } from './replay.ts';
import { SchemaRegistry } from './schemas.ts';

const pointer = (key: string) =>
  JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: 'big', s3Key: key }]);
const never = new AbortController().signal;

function setUp(queue = 'memory') {
  const payloads = new MemoryPayloads();
  return { inbox: new MemoryInbox(60, queue), store: new MemoryStore(), payloads };
}

const idsOf = (store: MemoryStore) => [...store.messages.values()].map(({ event }) => event.eventId);

function replay(store: MemoryStore, payloads?: Payloads) {
  const parts = {
    store,
    schemas: new SchemaRegistry(),
    mappings: new MappingRegistry(),
    maxExpandedBytes: 100_000,
  };
  return replayRejections(
    [...store.rejections.values()],
    payloads === undefined ? parts : { ...parts, payloads },
  );
}

describe('a body in S3', () => {
  test('is fetched and decided as if it had come: one event, an array, compressed', async () => {
    const { inbox, store, payloads } = setUp();
    payloads.objects.set('big/one', JSON.stringify(plainEvent('one')));
    payloads.objects.set('big/array', JSON.stringify([plainEvent('a-1'), 5, plainEvent('a-2')]));
    payloads.objects.set('big/packed', gzipSync(JSON.stringify(plainEvent('packed'))).toString('base64'));
    inbox.send([pointer('one'), pointer('array'), ...plainBodies(10)]);
    inbox.send([pointer('packed')], undefined, { 'content-encoding': 'gzip' });
    const processor = processorOn(inbox, store, {}, payloads);
    await processor.run({ drain: never, stop: never });
    expect(processor.books).toMatchObject({ received: 15, stored: 14, rejected: 1, balanced: true });
    expect(idsOf(store)).toEqual(expect.arrayContaining(['one', 'a-1', 'a-2', 'packed']));
    expect(inbox.size).toBe(0);
  });

  test('is rejected when it is not there, and where none is fetched', async () => {
    const { inbox, store, payloads } = setUp();
    inbox.send([pointer('none')], () => 'sqs-1');
    await processorOn(inbox, store, {}, payloads).run({ drain: never, stop: never });
    inbox.send([pointer('none')], () => 'sqs-2');
    await processorOn(inbox, store).run({ drain: never, stop: never });
    expect([...store.rejections.values()]).toMatchObject([
      { reason: 'payload_elsewhere', detail: 'NoSuchKey', body: pointer('none'), eventIndex: null },
      { reason: 'payload_elsewhere', detail: expect.stringContaining('set S3_POINTERS=true') },
    ]);
    expect(payloads.fetches).toBe(1);
  });

  test('that leads to another is fetched once and rejected', async () => {
    const { inbox, store, payloads } = setUp();
    payloads.objects.set('big/first', pointer('second'));
    payloads.objects.set('big/second', JSON.stringify(plainEvent('x')));
    inbox.send([pointer('first')]);
    await processorOn(inbox, store, {}, payloads).run({ drain: never, stop: never });
    expect([...store.rejections.values()]).toMatchObject([{ reason: 'payload_elsewhere' }]);
    expect(payloads.fetches).toBe(1);
  });

  test('waits while S3 is away, and nothing else does', async () => {
    const { inbox, store, payloads } = setUp();
    payloads.away = true;
    payloads.objects.set('big/one', JSON.stringify(plainEvent('one')));
    inbox.send([pointer('one'), ...plainBodies(20)]);
    const processor = processorOn(inbox, store, {}, payloads);
    const running = processor.run({ drain: never, stop: never });
    await until(() => store.messages.size === 20, { what: 'the others' });
    expect(store.rejections.size).toBe(0);
    payloads.away = false;
    await running;
    expect(processor.books).toMatchObject({ received: 21, stored: 21, balanced: true });
  });

  test('that waits at the drain is given back', async () => {
    const { inbox, store, payloads } = setUp();
    payloads.away = true;
    inbox.send([pointer('one')]);
    const drain = new AbortController();
    const processor = processorOn(inbox, store, { untilEmpty: false }, payloads);
    const running = processor.run({ drain: drain.signal, stop: never });
    await until(() => payloads.fetches > 0, { what: 'a try' });
    drain.abort();
    await running;
    expect(processor.books).toMatchObject({ received: 0, balanced: true });
    expect([inbox.size, inbox.visible]).toEqual([1, 1]);
  });

  test('keeps its place in its message group', async () => {
    const { inbox, store, payloads } = setUp('memory.fifo');
    for (let i = 0; i < 12; i += 1) {
      const body = JSON.stringify(plainEvent(i, { source: 'a' }));
      payloads.objects.set(`big/key-${i}`, body);
      inbox.send([i % 3 === 0 ? pointer(`key-${i}`) : body], () => `a-${i}`, {}, { MessageGroupId: 'a' });
    }
    await processorOn(inbox, store, {}, payloads).run({ drain: never, stop: never });
    expect(idsOf(store)).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
  });
});

describe('a replay of a body in S3', () => {
  async function rejected() {
    const { inbox, store, payloads } = setUp();
    inbox.send([pointer('one')], () => 'sqs-1');
    await processorOn(inbox, store).run({ drain: never, stop: never });
    payloads.objects.set(
      'big/one',
      JSON.stringify([plainEvent('a'), plainEvent('b', { client_id: 'nobody' })]),
    );
    return { store, payloads };
  }

  test('fetches it', async () => {
    const { store, payloads } = await rejected();
    const { results } = await replay(store, payloads);
    expect(results).toMatchObject([{ kind: 'replayed', refusals: [{ reason: 'unknown_client' }] }]);
    expect(idsOf(store)).toEqual(['a']);
  });

  test('leaves it as it is while S3 is away', async () => {
    const { store, payloads } = await rejected();
    payloads.away = true;
    expect(await replay(store, payloads)).toMatchObject({ results: [], left: [{ why: 'elsewhere' }] });
    expect([...store.rejections.values()]).toMatchObject([
      { state: 'open', reason: 'payload_elsewhere', detail: expect.stringContaining('set S3_POINTERS=true') },
    ]);
  });

  test('says what it takes where none is fetched', async () => {
    const { store } = await rejected();
    const { results } = await replay(store);
    expect(results).toMatchObject([{ kind: 'refused', reason: 'payload_elsewhere' }]);
  });
});
