import { describe, expect, test, vi } from 'vitest';
import type { FetchedPayload, ReceivedMessage } from './ports.ts';
import { until } from '../proof/kit/until.ts';
import { HeldMessage } from './held.ts';
import type { Deciding } from './decide.ts';
import { Expander } from './expander.ts';
import type { Undecided } from './undecided.ts';
import { Room } from './room.ts';

const MAX_BYTES = 1_000;
const COMPRESSED_BYTES = 400;

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

function received(sqsMessageId: string, group?: string): ReceivedMessage {
  return {
    sqsMessageId,
    receiptHandle: '',
    body: 'x'.repeat(COMPRESSED_BYTES),
    attributes: {},
    systemAttributes: {},
    receiveCount: 1,
    sentAtMs: undefined,
    group,
  };
}

function setUp(expandedBytes: number) {
  const room = new Room(100, MAX_BYTES);
  const expanded: HeldMessage[] = [];
  let most = 0;
  let inThisTurn = 0;
  const decide = (_message: ReceivedMessage, held: HeldMessage) => {
    inThisTurn += 1;
    most = Math.max(most, inThisTurn);
    setImmediate(() => {
      inThisTurn = 0;
    });
    room.grow(expandedBytes - held.bytes, expandedBytes);
    held.bytes = expandedBytes;
    expanded.push(held);
    return undefined;
  };
  const expander = new Expander({
    room,
    decide,
    leave: () => {},
    maxSlowBytes: 0,
    postpone: () => {},
    payloads: undefined,
    log,
  });
  const drain = new AbortController();
  const receive = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      const message = received(String(i));
      const held = new HeldMessage(message, 0, 60);
      room.fill(held.bytes);
      expander.add(message, held);
    }
  };
  const leave = () => room.leave(expanded.shift()?.bytes ?? 0);
  return { expander, expanded, drain, receive, leave, mostInOneTurn: () => most };
}

const turns = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('expands what waits in the order of its arrival, with a turn of the event loop after each', async () => {
  const { expander, expanded, drain, receive, mostInOneTurn } = setUp(1);
  const running = expander.run(drain.signal);
  receive(5);
  await until(() => expanded.length === 5, { what: 'all to be expanded' });
  receive(1);
  await until(() => expanded.length === 6, { what: 'what came later' });
  expect(expanded.map(({ sqsMessageId }) => sqsMessageId)).toEqual(['0', '1', '2', '3', '4', '0']);
  expect(mostInOneTurn()).toBe(1);
  drain.abort();
  await running;
});

test('expands no more than there is room for, however much waits compressed', async () => {
  const { expander, expanded, drain, receive, leave } = setUp(600);
  const running = expander.run(drain.signal);
  receive(10); // four times the room, before any of it is expanded
  for (let i = 0; i < 5; i += 1) {
    await until(() => expanded.length === 2, { what: 'two to be expanded' });
    await turns();
    expect(expanded).toHaveLength(2); // 600 leave room for one more, 1200 do not
    leave();
    leave();
  }
  drain.abort();
  await running;
});

test('ends at the drain, with or without room, and expands no more', async () => {
  const { expander, expanded, drain, receive, leave } = setUp(MAX_BYTES);
  const running = expander.run(drain.signal);
  receive(3);
  await until(() => expanded.length === 1, { what: 'the first' });
  drain.abort();
  await running;
  leave();
  receive(1);
  await turns();
  expect(expanded).toHaveLength(0);
});

/** A line in which messages named `s3…` have their body elsewhere. */
function setUpFetching({ leaseMs = 60_000 } = {}) {
  const under = new Map<string, PromiseWithResolvers<FetchedPayload>>();
  const decided: string[] = [];
  const left: string[] = [];
  const fetches: string[] = [];
  const elsewhere = (sqsMessageId: string): Undecided => ({
    kind: 'elsewhere',
    pointer: { bucket: 'b', key: sqsMessageId },
  });
  const expander = new Expander({
    room: new Room(100, 1_000_000),
    decide: ({ sqsMessageId }, _, { fetched }) => {
      if (sqsMessageId.startsWith('s3') && fetched === undefined) return elsewhere(sqsMessageId);
      decided.push(fetched?.kind === 'text' ? `${sqsMessageId} ${fetched.text}` : sqsMessageId);
      return undefined;
    },
    leave: ({ sqsMessageId }) => left.push(sqsMessageId),
    maxSlowBytes: 0,
    postpone: () => {},
    payloads: {
      fetch: ({ key }, signal) => {
        fetches.push(key);
        const promise = Promise.withResolvers<FetchedPayload>();
        signal.addEventListener('abort', () => promise.reject(new Error('aborted')));
        under.set(key, promise);
        return promise.promise;
      },
    },
    log,
  });
  const drain = new AbortController();
  const add = (sqsMessageId: string, group?: string, undecided?: Undecided) => {
    const held = new HeldMessage(received(sqsMessageId, group), performance.now(), leaseMs / 1_000);
    expander.add(received(sqsMessageId, group), held, undecided);
  };
  const fetched = (key: string) => under.get(key)?.resolve({ kind: 'text', text: 'fetched' });
  const failed = (key: string) => under.get(key)?.reject(new Error('away'));
  const running = expander.run(drain.signal);
  const end = async () => {
    drain.abort();
    await running;
  };
  return { expander, add, fetched, failed, elsewhere, decided, left, fetches, end };
}

describe('what has to be fetched', () => {
  test('waits without holding up what came after it, a few at once', async () => {
    const { add, fetched, decided, fetches, end } = setUpFetching();
    for (let i = 1; i <= 6; i += 1) add(`s3-${i}`);
    add('compressed');
    await until(() => decided.length === 1, { what: 'what is behind the fetches' });
    await turns();
    expect(decided).toEqual(['compressed']);
    expect(fetches).toEqual(['s3-1', 's3-2', 's3-3', 's3-4']);
    fetched('s3-3');
    await until(() => fetches.length === 5, { what: 'the next fetch' });
    expect(decided).toEqual(['compressed', 's3-3 fetched']);
    await end();
  });

  test('is decided as a whole when it was found before', async () => {
    const { add, fetched, elsewhere, decided, fetches, end } = setUpFetching();
    add('s3-1', undefined, elsewhere('s3-1'));
    await until(() => fetches.length === 1, { what: 'the fetch' });
    fetched('s3-1');
    await until(() => decided.length === 1, { what: 'the decision' });
    expect(decided).toEqual(['s3-1 fetched']);
    await end();
  });

  test('is not overtaken by what follows in its message group', async () => {
    const { expander, add, fetched, decided, fetches, end } = setUpFetching();
    add('s3-a', 'a');
    add('a-2', 'a');
    add('s3-a-3', 'a');
    add('b-1', 'b');
    await until(() => decided.length === 1, { what: 'the other group' });
    await turns();
    expect(decided).toEqual(['b-1']);
    expect(fetches).toEqual(['s3-a']);
    expect([expander.holds('a'), expander.holds('b')]).toEqual([true, false]);
    fetched('s3-a');
    await until(() => fetches.length === 2, { what: 'the second fetch of the group' });
    expect(decided).toEqual(['b-1', 's3-a fetched', 'a-2']);
    await end();
  });

  test('is tried again while it is away, and is never rejected for that', async () => {
    log.warn.mockClear();
    log.info.mockClear();
    const { add, fetched, failed, decided, fetches, end } = setUpFetching();
    add('s3-1');
    for (let tries = 1; tries <= 3; tries += 1) {
      await until(() => fetches.length === tries, { what: 'the next try' });
      failed('s3-1');
    }
    await until(() => fetches.length === 4, { what: 'the last try' });
    fetched('s3-1');
    await until(() => decided.length === 1, { what: 'the decision' });
    expect(decided).toEqual(['s3-1 fetched']);
    expect([log.warn.mock.calls.length, log.info.mock.calls.length]).toEqual([1, 1]);
    await end();
  });

  test('goes back to the queue when its lease runs out, with all that follows in its group', async () => {
    const started = performance.now();
    const { expander, add, failed, decided, left, fetches, end } = setUpFetching({ leaseMs: 50 });
    add('s3-a', 'a');
    add('a-2', 'a');
    add('s3-b', 'b');
    await until(() => fetches.length === 2, { what: 'the fetches' });
    await until(() => performance.now() - started > 60, { what: 'the lease to run out' });
    failed('s3-a');
    await until(() => left.length === 2, { what: 'the group to be given back' });
    expect(left).toEqual(['s3-a', 'a-2']);
    expect(decided).toEqual([]);
    expect(expander.holds('a')).toBe(false);
    await end();
  });

  test('is taken back with its group, and not decided when it comes after all', async () => {
    const { expander, add, fetched, decided, fetches, end } = setUpFetching();
    add('s3-a', 'a');
    add('a-2', 'a');
    await until(() => fetches.length === 1, { what: 'the fetch' });
    expect(expander.takeBack('a').map(({ sqsMessageId }) => sqsMessageId)).toEqual(['s3-a', 'a-2']);
    fetched('s3-a');
    await turns();
    expect(decided).toEqual([]);
    await end();
  });

  test('does not hold up the end', async () => {
    log.warn.mockClear();
    const { add, decided, fetches, end } = setUpFetching();
    add('s3-1');
    await until(() => fetches.length === 1, { what: 'the fetch' });
    await end();
    expect(decided).toEqual([]);
    expect(log.warn).not.toHaveBeenCalled();
  });
});

describe('what takes several turns', () => {
  /** Messages whose names are the number of turns that they take; `told` lists the turns. */
  function setUpLong({ expanded = 0 } = {}) {
    const told: string[] = [];
    const postponed: string[] = [];
    /** Messages that arrive by the turn of that number. */
    const arrivals = new Map<number, string[]>();
    const left = new Map<string, number>();
    const begun: Undecided = {
      kind: 'begun',
      deciding: { bytes: expanded, events: [] as unknown[] } as Deciding,
    };
    const expander = new Expander({
      room: new Room(100, 1_000_000),
      decide: ({ sqsMessageId }) => {
        told.push(sqsMessageId);
        for (const late of arrivals.get(told.length) ?? []) add(late);
        const turns = (left.get(sqsMessageId) ?? Number(sqsMessageId.split('-')[1])) - 1;
        left.set(sqsMessageId, turns);
        return turns === 0 ? undefined : begun;
      },
      leave: () => {},
      maxSlowBytes: 2 * COMPRESSED_BYTES,
      postpone: ({ sqsMessageId }) => postponed.push(sqsMessageId),
      payloads: undefined,
      log,
    });
    const add = (sqsMessageId: string, group?: string) => {
      const message = received(sqsMessageId, group);
      expander.add(message, new HeldMessage(message, 0, 60));
    };
    const drain = new AbortController();
    const running = expander.run(drain.signal);
    const end = async () => {
      drain.abort();
      await running;
    };
    return { add, told, arrivals, postponed, end };
  }

  test('takes turns with what had none', async () => {
    const { add, told, end } = setUpLong();
    for (const sqsMessageId of ['a-3', 'b-2', 'c-1']) add(sqsMessageId);
    await until(() => told.length === 6, { what: 'all turns' });
    expect(told).toEqual(['a-3', 'a-3', 'b-2', 'a-3', 'c-1', 'b-2']);
    await end();
  });

  test('starved while others kept arriving', async () => {
    const { add, told, arrivals, end } = setUpLong();
    for (let turn = 1; turn <= 20; turn += 1) arrivals.set(turn, [`late${turn}-1`]);
    add('a-5');
    await until(() => told.length === 25, { what: 'all turns' });
    expect(told.lastIndexOf('a-5')).toBe(7);
    await end();
  });

  test('of which a few hold much expanded lets no more begin, and they end one after the other', async () => {
    const { add, told, end } = setUpLong({ expanded: 5 * 1024 * 1024 });
    for (const sqsMessageId of ['a-3', 'b-3', 'c-3', 'd-3']) add(sqsMessageId);
    await until(() => told.length === 12, { what: 'all turns' });
    const begunAt = ['a-3', 'b-3', 'c-3', 'd-3'].map((id) => told.indexOf(id));
    const endedAt = ['a-3', 'b-3', 'c-3', 'd-3'].map((id) => told.lastIndexOf(id));
    // Two hold 10 MiB: a third is begun only when one of them has ended.
    for (const [n, at] of begunAt.entries())
      expect(endedAt.filter((ended, m) => m < n && ended > at).length).toBeLessThan(2);
    await end();
  });

  test('is not overtaken by what follows in its message group', async () => {
    const { add, told, end } = setUpLong();
    add('a-3', 'a');
    add('b-1', 'a');
    add('c-2', 'c');
    await until(() => told.length === 6, { what: 'all turns' });
    expect(told).toEqual(['a-3', 'a-3', 'c-2', 'a-3', 'b-1', 'c-2']);
    await end();
  });

  test('has every third turn from its tenth on, one message after the other', async () => {
    const { add, told, arrivals, end } = setUpLong();
    arrivals.set(20, ['a-2', 'b-2']);
    for (const sqsMessageId of ['slow-14', 'late-14']) add(sqsMessageId);
    await until(() => told.length === 32, { what: 'all turns' });
    expect(told.slice(20).join(' ')).toBe(
      'slow-14 a-2 late-14 slow-14 b-2 a-2 slow-14 b-2 late-14 late-14 late-14 late-14',
    );
    await end();
  });

  test('filled the room of all others: beyond a share it goes back, but for message groups', async () => {
    const { add, told, postponed, end } = setUpLong();
    for (const sqsMessageId of ['a-40', 'b-40', 'c-40', 'd-40']) add(sqsMessageId);
    add('e-40', 'group');
    const turnsOf = (id: string) => told.filter((each) => each === id).length;
    await until(() => ['a-40', 'b-40', 'e-40'].every((id) => turnsOf(id) === 40), {
      what: 'those that stay',
    });
    expect(postponed).toEqual(['c-40', 'd-40']);
    await end();
  });
});
