import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { received } from '../proof/kit/work.ts';
import { Holdings } from './holdings.ts';
import { Room } from './room.ts';

const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Holdings whose messages have a lease of 60 seconds, with places reserved in a room of as many. */
async function holdingsOf(places: number) {
  const room = new Room(places, 1_000);
  await room.reserve(places, never);
  const holdings = new Holdings(room, 60);
  const placesFree = async () => {
    const now = new AbortController();
    const reserved = room.reserve(1, now.signal);
    now.abort();
    if (!(await reserved)) return false;
    room.giveUp(1);
    return true;
  };
  const bytesFree = async () => {
    const now = new AbortController();
    const free = room.bytesFree(() => 0, now.signal);
    now.abort();
    return free;
  };
  return { holdings, placesFree, bytesFree };
}

describe('a message that is received while it is held', () => {
  test('goes on as the one that is held, with the new handle and lease', async () => {
    const { holdings } = await holdingsOf(2);
    const held = holdings.admit(received('a'));
    vi.advanceTimersByTime(70_000);
    expect(holdings.admit(received('a', { receiptHandle: 'newer', receiveCount: 2 }))).toBeUndefined();
    expect([...holdings]).toEqual([held]);
    expect(held).toMatchObject({
      receiptHandle: 'newer',
      receiveCount: 2,
      leaseUntilMs: performance.now() + 60_000,
    });
  });

  test('takes no second place', async () => {
    const { holdings, placesFree } = await holdingsOf(2);
    holdings.admit(received('a'));
    expect(await placesFree()).toBe(false);
    holdings.admit(received('a'));
    expect(await placesFree()).toBe(true);
  });

  test('is a new one once the first has left', async () => {
    const { holdings } = await holdingsOf(2);
    const first = holdings.admit(received('a'));
    if (first !== undefined) holdings.leave(first);
    const second = holdings.admit(received('a'));
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
  });
});

test('a message fills the room with what it takes until it leaves', async () => {
  const { holdings, placesFree, bytesFree } = await holdingsOf(1);
  const held = holdings.admit(received('a', { body: 'x'.repeat(400) }));
  expect(await bytesFree()).toBe(true);
  if (held === undefined) throw new Error('not admitted');
  holdings.grow(held, 600);
  expect(held.bytes).toBe(1_000);
  expect([await bytesFree(), await placesFree()]).toEqual([false, false]);
  holdings.leave(held);
  expect([await bytesFree(), await placesFree(), holdings.size]).toEqual([true, true, 0]);
});

describe('the age of the oldest', () => {
  test('is 0 when nothing is held, or nobody says when it was sent', async () => {
    const { holdings } = await holdingsOf(2);
    expect(holdings.oldestSeconds).toBe(0);
    holdings.admit(received('a'));
    vi.advanceTimersByTime(5_000);
    expect(holdings.oldestSeconds).toBe(0);
  });

  test('is counted from when the queue took it, until its events are committed', async () => {
    const { holdings } = await holdingsOf(2);
    const oldest = holdings.admit(received('a', { sentAtMs: Date.now() - 30_000 }));
    holdings.admit(received('b', { sentAtMs: Date.now() - 10_000 }));
    expect(holdings.oldestSeconds).toBe(30);
    oldest?.decided(1);
    expect(holdings.oldestSeconds).toBe(30);
    oldest?.settle();
    expect(holdings.oldestSeconds).toBe(10);
  });

  test('is 0 for what the queue claims to have taken in the future', async () => {
    const { holdings } = await holdingsOf(1);
    holdings.admit(received('a', { sentAtMs: Date.now() + 5_000 }));
    expect(holdings.oldestSeconds).toBe(0);
  });
});
