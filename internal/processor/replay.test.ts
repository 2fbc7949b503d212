import { afterEach, describe, expect, test, vi } from 'vitest';
import { plainEvent } from '../proof/kit/events.ts';
import { MappingRegistry } from './mappings.ts';
import {
  type OpenRejection,
  type Payloads,
  type RejectionRecord,
  type ReplayResult,
  StoreError,
  type StorableEvent,
  type StoreOutcome,
} from './ports.ts';
import { replayRejections } from './replay.ts';
import { SchemaRegistry } from './schemas.ts';

let ids = 0;

afterEach(() => {
  vi.useRealTimers();
});

function rejection(body: unknown, more: Partial<OpenRejection> = {}): OpenRejection {
  ids += 1;
  return {
    id: `rejection-${ids}`,
    queue: 'events',
    sqsMessageId: `sqs-${ids}`,
    eventIndex: null,
    eventId: null,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {},
    systemAttributes: {},
    receiveCount: 1,
    receivedAt: new Date(),
    ...more,
  };
}

/** Clients whose events wait for a lock, and clients for whose events the store has an outcome other than `stored`. */
function setUp({
  locked = [],
  kinds = {},
  payloads,
}: {
  locked?: readonly string[];
  kinds?: Readonly<Record<string, StoreOutcome['kind']>>;
  payloads?: Payloads;
} = {}) {
  const order: string[] = [];
  const stored: StorableEvent[] = [];
  const rejected: RejectionRecord[] = [];
  const settled: ReplayResult[] = [];
  const statements: number[] = [];
  const store = {
    async store(events: readonly StorableEvent[]) {
      if (events.some(({ event }) => locked.includes(event.clientId)))
        throw new StoreError('blocked', 'lock timeout', '55P03', undefined);
      order.push('store');
      statements.push(events.length);
      stored.push(...events);
      return events.map(
        ({ event, messageId }): StoreOutcome => ({ kind: kinds[event.clientId] ?? 'stored', messageId }),
      );
    },
    schemas: async () => [],
    async reject(records: readonly RejectionRecord[]) {
      order.push('reject');
      rejected.push(...records);
    },
    async settle(results: readonly ReplayResult[]) {
      order.push('settle');
      settled.push(...results);
    },
  };
  const parts = {
    store,
    schemas: new SchemaRegistry(),
    mappings: new MappingRegistry(),
    maxExpandedBytes: 1_000_000,
    ...(payloads === undefined ? {} : { payloads }),
  };
  const replay = (rejections: readonly OpenRejection[], signal?: AbortSignal) =>
    replayRejections(rejections, parts, signal);
  return { replay, order, stored, rejected, settled, statements };
}

const of = (id: string, client: string) => plainEvent(id, { client_id: client });

describe('a rejection', () => {
  test('of an event that is stored now is replayed, as the message that it became', async () => {
    const { replay, stored, settled } = setUp();
    const open = rejection(of('a', 'c'));
    const { results, left } = await replay([open]);
    expect(results).toEqual([
      { id: open.id, kind: 'replayed', messageId: stored[0]?.messageId, refusals: [] },
    ]);
    expect([settled, left]).toEqual([results, []]);
  });

  test('of an event that was stored meanwhile is replayed too', async () => {
    const { results } = await setUp({ kinds: { c: 'duplicate' } }).replay([rejection(of('a', 'c'))]);
    expect(results).toMatchObject([{ kind: 'replayed', messageId: expect.any(String) }]);
  });

  test('of an event that the store refuses stays open under its newest reason and names', async () => {
    const { replay, rejected } = setUp({ kinds: { c: 'unknown_client' } });
    const { results } = await replay([rejection(of('a', 'c'))]);
    expect(results).toMatchObject([
      { kind: 'refused', reason: 'unknown_client', claims: { clientId: 'c', eventId: 'a' } },
    ]);
    expect(rejected).toEqual([]);
  });

  test('of an event whose time of delivery was too far ahead is replayed once it is not', async () => {
    vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z'), toFake: ['Date'] });
    const { replay, stored } = setUp();
    const body = plainEvent('a', { deliver_after: '2026-02-15T00:00:00Z' });
    const whole = rejection(body);
    const element = rejection(body, { eventIndex: 3 });
    const { results } = await replay([whole, element]);
    expect(results.map(({ kind }) => kind)).toEqual(['refused', 'refused']);
    expect(results).toMatchObject([{ reason: 'invalid_envelope' }, { reason: 'invalid_envelope' }]);
    vi.setSystemTime(new Date('2026-01-20T00:00:00Z'));
    expect((await replay([whole, element])).results.map(({ kind }) => kind)).toEqual([
      'replayed',
      'replayed',
    ]);
    expect(stored.map(({ event }) => event.deliverAfter)).toEqual([
      '2026-02-15T00:00:00Z',
      '2026-02-15T00:00:00Z',
    ]);
  });

  test('of what cannot be decoded stays open without a statement', async () => {
    const { replay, statements, settled } = setUp();
    const { results } = await replay([rejection('not JSON')]);
    const refused = { kind: 'refused', reason: 'malformed_json', detail: expect.any(String), claims: {} };
    expect(results).toEqual([{ id: expect.any(String), ...refused }]);
    expect([statements, settled]).toEqual([[], results]);
  });

  test('of an event that waits for a lock is left as it is, and no other with it', async () => {
    const { replay, settled } = setUp({ locked: ['locked'] });
    const [waits, goes] = [rejection(of('a', 'locked')), rejection(plainEvent('b', { event_type: 'other' }))];
    const { results, left } = await replay([waits, goes]);
    expect(left).toMatchObject([{ id: waits.id, why: 'lock', error: { kind: 'blocked' } }]);
    expect(results.map(({ id }) => id)).toEqual([goes.id]);
    expect(settled).toEqual(results);
  });
});

describe('a rejection of one event of an array', () => {
  const inArray = (body: unknown, more: Partial<OpenRejection> = {}) =>
    rejection(body, { sqsMessageId: 'sqs', eventIndex: 3, ...more });
  const withoutId = { event_type: 'user-app', client_id: 'c', message: 1 };

  test('has the id that it had when it came', async () => {
    const { replay, stored } = setUp();
    await replay([inArray(withoutId, { eventId: 'given' }), inArray(withoutId), inArray(of('own', 'c'))]);
    expect(stored.map(({ event }) => event.eventId)).toEqual(['given', 'sqs-3', 'own']);
  });

  test('does not become an array by being one', async () => {
    const { results } = await setUp().replay([inArray([of('a', 'c')])]);
    expect(results).toMatchObject([{ kind: 'refused' }]);
  });
});

describe('a rejection of a whole body that holds several events now', () => {
  test('is replayed once each of them is stored or a rejection of its own', async () => {
    const { replay, rejected, order } = setUp({ kinds: { nobody: 'unknown_client' } });
    const open = rejection([{ nonsense: true }, of('a', 'c'), of('b', 'nobody')]);
    const { results } = await replay([open]);
    expect(results).toMatchObject([
      {
        id: open.id,
        kind: 'replayed',
        messageId: null,
        refusals: [{ reason: 'invalid_envelope' }, { reason: 'unknown_client' }],
      },
    ]);
    expect(rejected).toMatchObject([
      { sqsMessageId: open.sqsMessageId, eventIndex: 0, reason: 'invalid_envelope' },
      {
        sqsMessageId: open.sqsMessageId,
        eventIndex: 2,
        reason: 'unknown_client',
        body: JSON.stringify(of('b', 'nobody')),
        claims: { eventId: 'b' },
      },
    ]);
    expect(order).toEqual(['store', 'reject', 'settle']);
  });

  test('is left as it is while one of them waits for a lock, and keeps no rejections of the others', async () => {
    const { replay, rejected } = setUp({ locked: ['locked'] });
    const open = rejection([of('a', 'locked'), plainEvent('b', { event_type: 'other' }), { nonsense: true }]);
    const { results, left } = await replay([open]);
    expect([results, rejected]).toEqual([[], []]);
    expect(left).toMatchObject([{ id: open.id, why: 'lock' }]);
  });

  test('of one event in an array is replayed as its message', async () => {
    const { replay, stored } = setUp();
    const { results } = await replay([rejection([of('a', 'c')])]);
    expect(results).toMatchObject([{ kind: 'replayed', messageId: stored[0]?.messageId }]);
  });
});

describe('a rejection whose body is elsewhere', () => {
  const pointer = [
    'software.amazon.payloadoffloading.PayloadS3Pointer',
    { s3BucketName: 'bodies', s3Key: 'key' },
  ];

  test('is decided by what is found there', async () => {
    const { replay, stored } = setUp({
      payloads: { fetch: async () => ({ kind: 'text', text: JSON.stringify(of('there', 'c')) }) },
    });
    expect((await replay([rejection(pointer)])).results).toMatchObject([{ kind: 'replayed' }]);
    expect(stored.map(({ event }) => event.eventId)).toEqual(['there']);
  });

  test('is left as it is while that is away, and no other with it', async () => {
    const error = new Error('S3 is away');
    const { replay } = setUp({ payloads: { fetch: () => Promise.reject(error) } });
    const [elsewhere, here] = [rejection(pointer), rejection(of('a', 'c'))];
    const { results, left } = await replay([elsewhere, here]);
    expect(left).toEqual([{ id: elsewhere.id, why: 'elsewhere', error }]);
    expect(results.map(({ id }) => id)).toEqual([here.id]);
  });

  test('stays open where nobody may fetch it', async () => {
    const { results, left } = await setUp().replay([rejection(pointer)]);
    expect([results, left]).toMatchObject([[{ kind: 'refused' }], []]);
  });
});

describe('many rejections', () => {
  test('are stored in batches of about 4 MiB', async () => {
    const { replay, statements, order } = setUp();
    const large = 'x'.repeat(1_000_000);
    const rejections = Array.from({ length: 7 }, (_, i) => rejection(plainEvent(i, { message: large })));
    const { results } = await replay(rejections);
    expect(results.map(({ id }) => id)).toEqual(rejections.map(({ id }) => id));
    expect(statements).toEqual([5, 2]);
    expect(order).toEqual(['store', 'settle', 'store', 'settle']);
  });

  test('that are aborted settle what is decided, and return the results of that alone', async () => {
    const end = new AbortController();
    const { replay, settled } = setUp({
      payloads: {
        async fetch() {
          end.abort();
          return { kind: 'text', text: JSON.stringify(of('there', 'c')) };
        },
      },
    });
    const [first, second, third] = [
      rejection(of('a', 'c')),
      rejection(['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: 'b', s3Key: 'k' }]),
      rejection(of('b', 'c')),
    ];
    const { results } = await replay([first, second, third], end.signal);
    expect(results.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(settled).toEqual(results);
  });

  test('of which none is given settle nothing', async () => {
    const { replay, order } = setUp();
    expect(await replay([])).toEqual({ results: [], left: [] });
    expect(order).toEqual([]);
  });
});
