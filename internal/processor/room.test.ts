import { describe, expect, test } from 'vitest';
import { Room } from './room.ts';

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Follows a wait: what it ended with, or `waiting`. */
function follow(wait: Promise<boolean>): { result: boolean | 'waiting' } {
  const followed: { result: boolean | 'waiting' } = { result: 'waiting' };
  void wait.then((result) => {
    followed.result = result;
  });
  return followed;
}

/** A room in which each of these messages was decided to be this large. */
async function roomWith(maxMessages: number, maxBytes: number, sizes: readonly number[]): Promise<Room> {
  const room = new Room(maxMessages, maxBytes);
  await room.reserve(sizes.length, never);
  for (const size of sizes) {
    room.fill(size);
    room.grow(0, size);
  }
  return room;
}

describe('reserving', () => {
  test('waits while fewer places are free than are asked for', async () => {
    const room = new Room(20, 1_000);
    expect(await room.reserve(15, never)).toBe(true);
    const second = follow(room.reserve(10, never));
    await turn();
    expect(second.result).toBe('waiting');
    room.giveUp(4);
    await turn();
    expect(second.result).toBe('waiting');
    room.giveUp(1);
    await turn();
    expect(second.result).toBe(true);
  });

  test('goes on when a message leaves', async () => {
    const room = await roomWith(1, 1_000, [10]);
    const next = follow(room.reserve(1, never));
    await turn();
    expect(next.result).toBe('waiting');
    room.leave(10);
    await turn();
    expect(next.result).toBe(true);
  });

  test('waits while the bytes are filled, however few the messages', async () => {
    const room = await roomWith(1_000, 100, [100]);
    const next = follow(room.reserve(10, never));
    await turn();
    expect(next.result).toBe('waiting');
    room.leave(100);
    await turn();
    expect(next.result).toBe(true);
  });

  test('expects a receive under way to bring messages of the size that came so far', async () => {
    const room = await roomWith(1_000, 100, [8]);
    expect(await room.reserve(10, never)).toBe(true); // 8 bytes are filled, and 80 more expected from now on
    expect(await room.reserve(2, never)).toBe(true); // 104
    const next = follow(room.reserve(1, never));
    await turn();
    expect(next.result).toBe('waiting');
    room.giveUp(2);
    await turn();
    expect(next.result).toBe(true);
  });

  test('expects nothing before the first message is decided', async () => {
    const room = new Room(1_000, 100);
    await room.reserve(500, never);
    room.fill(90);
    expect(await room.reserve(500, never)).toBe(true);
  });

  test('forgets a single large message after some small ones', async () => {
    const room = await roomWith(1_000, 1_000, [500, ...Array(100).fill(1)]);
    room.leave(500);
    expect(await room.reserve(100, never)).toBe(true); // 100 bytes, and less than 200 more expected
    expect(await room.reserve(100, never)).toBe(true);
  });

  test('returns false once the signal aborts, and takes no places', async () => {
    const room = new Room(10, 1_000);
    await room.reserve(10, never);
    const end = new AbortController();
    const next = follow(room.reserve(10, end.signal));
    end.abort();
    await turn();
    expect(next.result).toBe(false);
    room.giveUp(10);
    expect(await room.reserve(10, AbortSignal.abort())).toBe(false);
    expect(await room.reserve(10, never)).toBe(true);
  });
});

describe('waiting for bytes', () => {
  test('ends once a message leaves', async () => {
    const room = await roomWith(10, 100, [60, 60]);
    const free = follow(room.bytesFree(() => 0, never));
    await turn();
    expect(free.result).toBe('waiting');
    room.leave(60);
    await turn();
    expect(free.result).toBe(true);
  });

  test('does not count what the caller itself holds', async () => {
    const room = await roomWith(10, 100, [60, 60]);
    expect(await room.bytesFree(() => 60, never)).toBe(true);
  });

  test('returns false once the signal aborts', async () => {
    const room = await roomWith(10, 100, [100]);
    const end = new AbortController();
    const free = follow(room.bytesFree(() => 0, end.signal));
    end.abort();
    await turn();
    expect(free.result).toBe(false);
  });
});
