import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreError } from './ports.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { advanceUntil, inFakeTime } from '../proof/kit/fake-time.ts';
import { MemoryInbox } from '../proof/kit/memory-inbox.ts';
import { MemoryStore } from '../proof/kit/memory-store.ts';
import { processorOn } from '../proof/kit/processor.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import type { Work } from './batcher.ts';
import { Blocked, type Waiting } from './blocked.ts';
import type { HeldMessage } from './held.ts';
import { namesOf } from './units.ts';

interface Names {
  readonly client?: string;
  readonly type?: string;
  readonly group?: string;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

let events = 0;

function work({ client = 'c1', type = 't1', group }: Names = {}): Work {
  events += 1;
  const storable = storableEvent(plainEvent(events, { client_id: client, event_type: type }));
  return {
    index: null,
    text: () => '',
    decision: { kind: 'storable', storable },
    held: { group } as HeldMessage,
    bytes: 100,
  };
}

/** Blocked events, of which those wait whose client or event type is in `locked`. */
function setup({ maxEvents = 1_000, isTold = true }: { maxEvents?: number; isTold?: boolean } = {}) {
  const locked = new Set<string>();
  const tried: Work[][] = [];
  const apart: boolean[] = [];
  const postponed: Work[] = [];
  const wentOn: string[] = [];
  const said: string[] = [];
  const say = (_: object, message: string) => {
    said.push(message);
  };
  const blocked = new Blocked({
    batchEvents: 10,
    maxEvents,
    maxBytes: 1_000_000,
    log: { debug: say, info: say, warn: say, error: say },
    retry: async (works, isApart) => {
      tried.push([...works]);
      apart.push(isApart);
      return works.flatMap((each) => {
        const { client, eventType } = namesOf(each);
        const row = [client, eventType].find((name) =>
          locked.has(name.slice(name.lastIndexOf('\u0000') + 1)),
        );
        return row === undefined ? [] : [{ work: each, row: isTold ? row : undefined }];
      });
    },
    done: (group) => wentOn.push(group),
    postpone: (works) => postponed.push(...works),
  });
  const end = new AbortController();
  const running = blocked.run(end.signal);
  return { blocked, locked, tried, apart, postponed, wentOn, said, end: () => (end.abort(), running) };
}

const times = (count: number, names: Names = {}) => Array.from({ length: count }, () => work(names));

/** As found waiting: for what is not known, for the row of the client, or for that of the event type. */
const found = (works: readonly Work[], what: 'unknown' | 'client' | 'eventType' = 'unknown'): Waiting[] =>
  works.map((each) => ({ work: each, row: what === 'unknown' ? undefined : namesOf(each)[what] }));

describe('events that wait for a lock', () => {
  test('are tried every second until the lock is gone, a batch at a time', async () => {
    const { blocked, locked, tried, said, end } = setup();
    locked.add('c1');
    const works = times(25);
    blocked.add(found(works));
    await vi.advanceTimersByTimeAsync(3_100);
    expect(tried.map(({ length }) => length)).toEqual([10, 10, 10]);
    expect(blocked.events).toBe(25);
    locked.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tried.slice(3).flat()).toEqual(works);
    expect(blocked.events).toBe(0);
    expect(said).toEqual([
      'events wait for a lock that another session of PostgreSQL holds; all others go on',
      'no event waits for a lock any more',
    ]);
    await end();
  });

  test('of an unknown lock take in what is of the same client and type, and nothing else', async () => {
    const { blocked, end } = setup();
    blocked.add(found([work({ client: 'c1', type: 't1' })]));
    expect(blocked.holds(work({ client: 'c1', type: 't1' }))).toBe(true);
    expect(blocked.holds(work({ client: 'c1', type: 't2' }))).toBe(false);
    expect(blocked.holds(work({ client: 'c2', type: 't1' }))).toBe(false);
    await end();
  });

  test('of the lock of a client take in all of that client, and of an event type all of that', async () => {
    const { blocked, end } = setup();
    blocked.add(found([work({ client: 'c1', type: 't1' })], 'client'));
    expect(blocked.holds(work({ client: 'c1', type: 't3' }))).toBe(true);
    expect(blocked.holds(work({ client: 'c2', type: 't1' }))).toBe(false);
    blocked.add(found([work({ client: 'c2', type: 't2' })], 'eventType'));
    expect(blocked.holds(work({ client: 'c3', type: 't2' }))).toBe(true);
    expect(blocked.holds(work({ client: 'c3', type: 't1' }))).toBe(false);
    await end();
  });

  test('cost one try a round for each row, however many they are', async () => {
    const { blocked, locked, tried, end } = setup();
    locked.add('t1').add('c9');
    blocked.add(found(times(30, { client: 'c1', type: 't1' }), 'eventType'));
    blocked.add(found(times(30, { client: 'c9', type: 't2' }), 'client'));
    blocked.join(times(5, { client: 'c2', type: 't1' }));
    await vi.advanceTimersByTimeAsync(1_100);
    expect(tried.map(({ length }) => length)).toEqual([10, 10]);
    expect(blocked.events).toBe(65);
    await end();
  });

  test('are filed under the row that a try finds, and let those go that waited with them by mistake', async () => {
    const { blocked, locked, end } = setup();
    locked.add('c1');
    blocked.add(found([work({ client: 'c1' }), work({ client: 'c2' }), work({ client: 'c3' })]));
    await vi.advanceTimersByTimeAsync(1_100);
    expect(blocked.events).toBe(1);
    expect(blocked.holds(work({ client: 'c1', type: 'other' }))).toBe(true);
    expect(blocked.holds(work({ client: 'c2' }))).toBe(false);
    await end();
  });

  test('are taken apart every now and then: a single key may be locked', async () => {
    const { blocked, locked, apart, end } = setup({ isTold: false });
    locked.add('c1');
    blocked.add(found([work()]));
    await vi.advanceTimersByTimeAsync(8_100);
    expect(apart).toEqual([false, false, false, true, false, false, false, true]);
    await end();
  });

  test('beyond their share of the room go back to the queue', async () => {
    const { blocked, postponed, end } = setup({ maxEvents: 3 });
    const works = times(5);
    blocked.add(found(works));
    expect(postponed).toEqual(works.slice(3));
    await end();
  });

  test('of a message group let the group go on when all of them are through', async () => {
    const { blocked, locked, wentOn, end } = setup();
    locked.add('c1');
    blocked.add(found(times(2, { group: 'g' })));
    await vi.advanceTimersByTimeAsync(1_100);
    expect(wentOn).toEqual([]);
    locked.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(wentOn).toEqual(['g']);
    await end();
  });

  test('of a message group can be taken back', async () => {
    const { blocked, tried, end } = setup();
    const works = times(2, { group: 'g' });
    blocked.add(found(works));
    expect(blocked.takeBack('g')).toEqual(works);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(tried).toEqual([]);
    expect(blocked.events).toBe(0);
    await end();
  });

  test('are tried once more at the end', async () => {
    const { blocked, tried, end } = setup();
    blocked.add(found([work()]));
    await end();
    expect(tried).toHaveLength(1);
  });
});

describe('while another session holds the lock of a client', () => {
  const SETTINGS = { untilEmpty: false, batch: { events: 50, bytes: 1_000_000, ageMs: 2 } };

  function locking(store: MemoryStore, client: string) {
    store.clients.add(`default/${client}`);
    let held = true;
    store.before = (_, given) => {
      if (held && given.some(({ event }) => event.clientId === client))
        throw new StoreError('blocked', 'canceling statement due to lock timeout', '55P03', undefined);
    };
    return () => {
      held = false;
    };
  }

  const bodiesOf = (client: string, first: number, count: number) =>
    Array.from({ length: count }, (_, i) => JSON.stringify(plainEvent(first + i, { client_id: client })));

  test("its tenant's other clients are stored, and its own when the lock is gone", async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    const unlock = locking(store, 'locked');
    const drain = new AbortController();
    const processor = processorOn(inbox, store, SETTINGS);
    const ended = processor.run({ drain: drain.signal, stop: new AbortController().signal });
    inbox.send([...bodiesOf('locked', 0, 100), ...bodiesOf('client-1', 1_000, 100), 'Hello World']);
    await advanceUntil(() => store.messages.size === 100, { what: 'the events of the other client' });
    inbox.send([...bodiesOf('client-2', 2_000, 100), ...bodiesOf('locked', 200, 100)]);
    await advanceUntil(() => store.messages.size === 200, { what: 'the events that came later' });
    await advanceUntil(() => processor.blocked === 200, { what: 'those that wait' });
    expect(processor.health.postgres).toBe(true);
    expect(processor.books).toMatchObject({ stored: 200, rejected: 1, inFlight: 200 });
    unlock();
    await advanceUntil(() => store.messages.size === 400, { what: 'all events' });
    drain.abort();
    await inFakeTime(ended);
    expect(processor.books).toMatchObject({
      stored: 400,
      rejected: 1,
      released: 0,
      inFlight: 0,
      balanced: true,
    });
    expect(inbox.size).toBe(0);
  });

  test('the end gives back what waits for it', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    locking(store, 'locked');
    const drain = new AbortController();
    const processor = processorOn(inbox, store, SETTINGS);
    const ended = processor.run({ drain: drain.signal, stop: new AbortController().signal });
    inbox.send([...bodiesOf('locked', 0, 10), ...bodiesOf('client-1', 1_000, 10)]);
    await advanceUntil(() => processor.blocked === 10, { what: 'those that wait' });
    drain.abort();
    await inFakeTime(ended);
    expect(processor.books).toMatchObject({ stored: 10, released: 10, inFlight: 0, balanced: true });
    expect(inbox.visible).toBe(10);
  });

  test('a flood of its events does not take the room of all others', async () => {
    const inbox = new MemoryInbox(5);
    const store = new MemoryStore();
    const unlock = locking(store, 'locked');
    const drain = new AbortController();
    const processor = processorOn(inbox, store, {
      ...SETTINGS,
      maxInFlight: 40,
      visibilityTimeoutSeconds: 5,
    });
    const ended = processor.run({ drain: drain.signal, stop: new AbortController().signal });
    inbox.send([...bodiesOf('locked', 0, 200), ...bodiesOf('client-1', 1_000, 10)]);
    await advanceUntil(() => store.messages.size === 10, { what: 'the events of the other client' });
    unlock();
    await advanceUntil(() => store.messages.size === 210, { what: 'all events' });
    drain.abort();
    await inFakeTime(ended);
    expect(processor.books.balanced).toBe(true);
    expect(inbox.size).toBe(0);
  });
});
