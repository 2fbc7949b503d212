import { describe, expect, test } from 'vitest';
import type { RejectionReason } from '../event/rejection.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { MemoryInbox } from '../proof/kit/memory-inbox.ts';
import { MemoryStore } from '../proof/kit/memory-store.ts';
import { processorOn } from '../proof/kit/processor.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { MappingRegistry } from './mappings.ts';
import { type RejectionRecord, StoreError } from './ports.ts';
import { replayRejections } from './replay.ts';
import { SchemaRegistry } from './schemas.ts';
import { inPieces, sizeOfEvent } from './sizes.ts';

const BATCH_BYTES = 1_000_000;
const LONG = { x: 'x'.repeat(200_000) };

function arrayOf(events: number, more: object = {}): string {
  return JSON.stringify(Array.from({ length: events }, (_, i) => plainEvent(i, more)));
}

function withSqsAttributes(sqsAttributes: string | null) {
  const storable = storableEvent(plainEvent('a'));
  return {
    kind: 'storable' as const,
    storable: { ...storable, event: { ...storable.event, sqsAttributes } },
  };
}

describe('the size of an event', () => {
  test('counts all texts of its row', () => {
    const bare = sizeOfEvent(withSqsAttributes(null), 0);
    expect(bare).toBe(
      '{"n":1}'.length + 'default'.length + 'client-3'.length + 'user-app'.length + 'testa'.length,
    );
    expect(sizeOfEvent(withSqsAttributes('{"a":1}'), 0)).toBe(bare + 7);
  });

  test('is that of its rejection where that is larger, for the store may refuse it', () => {
    expect(sizeOfEvent(withSqsAttributes(null), 1_000)).toBe(1_000);
    const refusal = { reason: 'unstorable' as RejectionReason, detail: 'ten letter' };
    expect(sizeOfEvent({ kind: 'refused', refusal, claims: {} }, 1_000)).toBe(1_010);
  });
});

test('pieces end with the item that fills them, and lose none', () => {
  const pieces = (...sizes: number[]) => [...inPieces(sizes, (size) => size, 10)];
  expect(pieces(4, 5, 6, 1, 30, 2)).toEqual([[4, 5, 6], [1, 30], [2]]);
  expect(pieces(10)).toEqual([[10]]);
  expect(pieces()).toEqual([]);
});

describe('attributes that many events of one message keep', () => {
  /** Runs one message until the queue is empty; returns the bytes of attributes in each statement. */
  async function run(body: string, systemAttributes = {}) {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    const statements: number[] = [];
    store.before = (operation, events) => {
      const bytes = events.reduce((sum, { event }) => sum + (event.sqsAttributes?.length ?? 0), 0);
      if (operation === 'store') statements.push(bytes);
    };
    const reject = store.reject.bind(store);
    store.reject = (records: readonly RejectionRecord[]) => {
      statements.push(records.reduce((sum, { attributes }) => sum + (attributes['x'] ?? '').length, 0));
      return reject(records);
    };
    inbox.send([body], () => 'sqs-id', LONG, systemAttributes);
    const processor = processorOn(inbox, store, { batch: { events: 500, bytes: BATCH_BYTES, ageMs: 2 } });
    await processor.run({ drain: new AbortController().signal, stop: new AbortController().signal });
    expect(processor.books.balanced).toBe(true);
    expect(inbox.size).toBe(0);
    return { statements, store, books: processor.books };
  }

  test('split a batch by bytes, in the statements that store', async () => {
    const { statements, books } = await run(arrayOf(100));
    expect(books.stored).toBe(100);
    expect(Math.max(...statements)).toBeLessThanOrEqual(BATCH_BYTES + 2 * 200_000);
  });

  test.each([
    ['refused before the store', { client_id: '' }],
    ['refused by the store', { client_id: 'nobody' }],
  ])('split a batch by bytes, in those that keep what is %s', async (_, more) => {
    const { statements, books } = await run(arrayOf(100, more));
    expect(books.rejected).toBe(100);
    expect(Math.max(...statements)).toBeLessThanOrEqual(BATCH_BYTES + 2 * 200_000);
  });

  test('fill the room, and more than the room lets nothing wait for ever', async () => {
    const { books } = await run(arrayOf(300));
    expect(books.stored).toBe(300);
  });

  test('refuse an array that would keep more than 64 MiB of them: one rejection with all of it', async () => {
    const body = arrayOf(400);
    const { books, store } = await run(body);
    expect(books).toMatchObject({ received: 1, rejected: 1 });
    expect([...store.rejections.values()]).toMatchObject([
      { reason: 'unstorable', eventIndex: null, body, attributes: LONG },
    ]);
  });
});

test('an event that no statement can be made of becomes unstorable alone, and the process goes on', async () => {
  const inbox = new MemoryInbox();
  const store = new MemoryStore();
  const tooLong = () =>
    new StoreError('bad_row', 'no statement can be made of it', undefined, new RangeError());
  store.before = (_, events) => {
    if (events.some(({ event }) => event.eventId === '3')) throw tooLong();
  };
  inbox.send([arrayOf(10)]);
  const processor = processorOn(inbox, store);
  await processor.run({ drain: new AbortController().signal, stop: new AbortController().signal });
  expect(processor.books).toMatchObject({ stored: 9, rejected: 1, balanced: true });
  expect([...store.rejections.values()]).toMatchObject([
    { reason: 'unstorable', detail: 'PostgreSQL cannot be given the event: no statement can be made of it' },
  ]);
});

test('a replay counts attributes, too: of whole bodies, and of what becomes a rejection of its own', async () => {
  const store = new MemoryStore();
  const sizes: number[] = [];
  const open = {
    id: '1',
    queue: 'memory',
    sqsMessageId: 'sqs-id',
    eventIndex: null,
    eventId: null,
    body: arrayOf(100).replaceAll(/"client-3","source":"test","event_id":"\d*[13579]"/g, '"nobody"'),
    attributes: LONG,
    systemAttributes: {},
    receiveCount: 1,
    receivedAt: new Date(),
  };
  const reject = store.reject.bind(store);
  store.reject = (records: readonly RejectionRecord[]) => {
    sizes.push(records.length);
    return reject(records);
  };
  const parts = {
    store,
    schemas: new SchemaRegistry(),
    mappings: new MappingRegistry(),
    maxExpandedBytes: 1_000_000,
  };
  const { results } = await replayRejections([open], parts);
  expect(results).toMatchObject([{ kind: 'replayed' }]);
  expect([store.messages.size, store.rejections.size]).toEqual([50, 50]);
  expect(Math.max(...store.batches, ...sizes)).toBeLessThanOrEqual(22); // of 200 kB each, in 4 MiB
});
