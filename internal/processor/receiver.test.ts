import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { received, recordingLog } from '../proof/kit/work.ts';
import { Gate } from '../waiting/gate.ts';
import type { ReceivedMessage } from './ports.ts';
import { Receiver } from './receiver.ts';
import { Room } from './room.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const PER_CALL = 3;
const STORE = {};
const never = new AbortController().signal;
const settled = () => vi.advanceTimersByTimeAsync(0);

interface Poll {
  readonly bring: (count: number) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
  readonly signal: AbortSignal;
}

/** A receiver whose polls end when the test says so. */
function setUp({ places = 100, take = () => {} }: { places?: number; take?: () => void } = {}) {
  const polls: Poll[] = [];
  const running = new Set<Poll>();
  const seen = { messages: 0, empty: 0, asked: [] as number[] };
  const room = new Room(places, 1_000_000);
  const gate = new Gate();
  const log = recordingLog();
  const receive = (maxMessages: number, _seconds: number, signal: AbortSignal) =>
    new Promise<ReceivedMessage[]>((resolve, reject) => {
      seen.asked.push(maxMessages);
      const end = async (settle: () => void) => {
        running.delete(poll);
        settle();
        await settled();
      };
      const poll: Poll = {
        bring: (count) => end(() => resolve(Array.from({ length: count }, (_, i) => received(`m-${i}`)))),
        fail: (error) => end(() => reject(error)),
        signal,
      };
      signal.addEventListener('abort', () => void poll.fail(new Error('aborted')));
      polls.push(poll);
      running.add(poll);
    });
  const receiver = new Receiver({
    inbox: { receive, messagesPerCall: PER_CALL },
    room,
    gate,
    log,
    waitSeconds: 20,
    maxPolls: 4,
    take: (messages) => {
      take();
      seen.messages += messages.length;
      for (const _ of messages) room.fill(1);
    },
    empty: () => {
      seen.empty += 1;
    },
  });
  const drain = new AbortController();
  const run = { ended: false, error: undefined as unknown };
  void receiver.run(drain.signal).then(
    () => (run.ended = true),
    (error: unknown) => (run.error = error),
  );
  const oldest = () => [...running][0] as Poll;
  return { receiver, polls, running, oldest, seen, room, gate, log, drain, run };
}

describe('polls', () => {
  test('become more while they come back full, up to the most', async () => {
    const { running, oldest, seen } = setUp();
    await settled();
    const sizes = [running.size];
    for (let i = 0; i < 5; i += 1) {
      await oldest().bring(PER_CALL);
      sizes.push(running.size);
    }
    expect(sizes).toEqual([1, 2, 3, 4, 4, 4]);
    expect(seen).toMatchObject({ messages: 5 * PER_CALL, empty: 0 });
  });

  test('become fewer while they come back empty, down to one', async () => {
    const { running, oldest, seen } = setUp();
    await settled();
    for (let i = 0; i < 3; i += 1) await oldest().bring(PER_CALL);
    const sizes = [running.size];
    for (let i = 0; i < 5; i += 1) {
      await oldest().bring(0);
      sizes.push(running.size);
    }
    expect(sizes).toEqual([4, 3, 2, 1, 1, 1]);
    expect(seen.empty).toBe(5);
  });

  test('stay as many while they bring some', async () => {
    const { running, oldest } = setUp();
    await settled();
    await oldest().bring(PER_CALL);
    for (let i = 0; i < 4; i += 1) await oldest().bring(1);
    expect(running.size).toBe(2);
  });

  test('ask for a full call each', async () => {
    const { oldest, seen } = setUp();
    await settled();
    await oldest().bring(PER_CALL);
    expect(seen.asked).toEqual([PER_CALL, PER_CALL, PER_CALL]);
  });
});

describe('room', () => {
  test('is reserved before a poll begins, and what a poll did not bring is given up', async () => {
    const { running, oldest, room } = setUp({ places: 2 * PER_CALL });
    await settled();
    await oldest().bring(PER_CALL); // fills one half; now one of two polls has room
    expect(running.size).toBe(1);
    await oldest().bring(PER_CALL); // fills the other half
    expect(running.size).toBe(0);
    for (let i = 0; i < PER_CALL; i += 1) room.leave(1);
    await settled();
    expect(running.size).toBe(1);
    await oldest().bring(1);
    room.leave(1);
    await settled();
    expect(running.size).toBe(1);
  });

  test('is given up by a receive that failed', async () => {
    const { running, oldest } = setUp({ places: PER_CALL });
    await settled();
    await oldest().fail(new Error('away'));
    await vi.advanceTimersByTimeAsync(100);
    expect(running.size).toBe(1);
  });

  test('that never comes holds up no drain', async () => {
    const { oldest, drain, run } = setUp({ places: PER_CALL });
    await settled();
    await oldest().bring(PER_CALL);
    drain.abort();
    await settled();
    expect(run.ended).toBe(true);
  });
});

describe('the gate', () => {
  test('lets no poll begin while it is closed', async () => {
    const { running, oldest, gate } = setUp();
    await settled();
    void gate.failed(STORE, new Error('away'), never);
    await oldest().bring(PER_CALL);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(running.size).toBe(0);
    gate.succeeded(STORE);
    await settled();
    expect(running.size).toBe(2);
  });

  test('that closed while there was no room lets no poll begin', async () => {
    const { running, oldest, gate, room } = setUp({ places: PER_CALL });
    await settled();
    await oldest().bring(PER_CALL);
    void gate.failed(STORE, new Error('away'), never);
    for (let i = 0; i < PER_CALL; i += 1) room.leave(1);
    await settled();
    expect(running.size).toBe(0);
  });

  test('that stays closed holds up no drain', async () => {
    const { oldest, gate, drain, run } = setUp();
    await settled();
    void gate.failed(STORE, new Error('away'), never);
    await oldest().bring(0);
    drain.abort();
    await settled();
    expect(run.ended).toBe(true);
  });
});

describe('while SQS is away', () => {
  test('polls back off, up to five seconds, and log lines tell its beginning and end', async () => {
    const { receiver, polls, oldest, log } = setUp();
    await settled();
    expect(receiver.problem).toBeUndefined();
    const pauses = [];
    for (let i = 0; i < 8; i += 1) {
      const { length } = polls;
      await oldest().fail(new Error('away'));
      expect(receiver.problem).toBeInstanceOf(Error);
      const before = performance.now();
      while (polls.length === length) await vi.advanceTimersByTimeAsync(100);
      pauses.push(performance.now() - before);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    await oldest().bring(1);
    expect(receiver.problem).toBeUndefined();
    expect(log.lines).toEqual(['warn: SQS does not answer; trying again until it does', 'info: SQS is back']);
  });

  test('a drain does not wait for the next try', async () => {
    const { oldest, drain, run } = setUp();
    await settled();
    for (let i = 0; i < 5; i += 1) {
      await oldest().fail(new Error('away'));
      await vi.advanceTimersByTimeAsync(100 * 2 ** i);
    }
    await oldest().fail(new Error('away'));
    drain.abort();
    await settled();
    expect(run.ended).toBe(true);
  });
});

describe('the drain', () => {
  test('begins no poll, and takes in what running ones bring within a second', async () => {
    const { polls, oldest, seen, drain, run } = setUp();
    await settled();
    drain.abort();
    await vi.advanceTimersByTimeAsync(999);
    expect(run.ended).toBe(false);
    await oldest().bring(PER_CALL);
    expect([run.ended, seen.messages, polls.length]).toEqual([true, PER_CALL, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('aborts what runs longer, which is no sign that SQS is away', async () => {
    const { receiver, oldest, log, drain, run } = setUp();
    await settled();
    const { signal } = oldest();
    drain.abort();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([signal.aborted, run.ended, receiver.problem]).toEqual([true, true, undefined]);
    expect(log.lines).toEqual([]);
  });
});

test('an error in what takes the messages ends the receiver with it, once the other polls have ended', async () => {
  let calls = 0;
  const { running, oldest, run } = setUp({
    take: () => {
      calls += 1;
      if (calls === 2) throw new TypeError('a bug');
    },
  });
  await settled();
  await oldest().bring(PER_CALL);
  await oldest().bring(1);
  expect([running.size, run.error]).toEqual([1, undefined]);
  await oldest().bring(1);
  expect([running.size, run.error]).toEqual([0, new TypeError('a bug')]);
});
