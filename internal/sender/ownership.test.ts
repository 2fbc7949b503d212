import { expect, test, vi } from 'vitest';
import { Gate } from '../waiting/gate.ts';
import { Ownership } from './ownership.ts';
import type { HeldShard } from './ports.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

test('a shard that was taken back meanwhile is not lost with its earlier epoch', async () => {
  const lost: HeldShard[] = [];
  const end = new AbortController();
  const ownership: Ownership = new Ownership({
    store: {
      hold: async () => {
        end.abort();
        return { held: [{ id: 7, epoch: 2 }], share: 64 };
      },
      leave: async () => {},
    },
    owner: { id: 'a', name: 'a', leaseSeconds: 40 },
    gate: new Gate(),
    log: silent,
    gained: () => {},
    leaving: () => {},
    isQuiet: () => true,
    lost: (shard) => lost.push(shard),
  });
  await ownership.run(end.signal);
  ownership.forget([{ id: 7, epoch: 1 }]); // the answer to results of the time before
  expect([ownership.size, lost]).toEqual([1, []]);
  ownership.forget([{ id: 7, epoch: 2 }]);
  expect([ownership.size, lost]).toEqual([0, [{ id: 7, epoch: 2 }]]);
});

test('nothing begins that may end after the lease, which counts from the moment at which it was asked for', async () => {
  vi.useFakeTimers();
  try {
    const end = new AbortController();
    const ownership = new Ownership({
      store: {
        hold: async () => {
          vi.advanceTimersByTime(3_000); // the answer is slow
          end.abort();
          return { held: [{ id: 7, epoch: 1 }], share: 64 };
        },
        leave: async () => {},
      },
      owner: { id: 'a', name: 'a', leaseSeconds: 40 },
      gate: new Gate(),
      log: silent,
      gained: () => {},
      leaving: () => {},
      isQuiet: () => true,
      lost: () => {},
    });
    expect(ownership.lastsFor(0)).toBe(false);
    await ownership.run(end.signal);
    expect([ownership.lastsFor(35_999), ownership.lastsFor(36_000)]).toEqual([true, false]);
    vi.setSystemTime(0); // a wall clock that is set back lengthens no lease
    vi.advanceTimersByTime(10_000);
    expect([ownership.lastsFor(25_999), ownership.lastsFor(26_000)]).toEqual([true, false]);
    await ownership.leave();
    expect(ownership.lastsFor(0)).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});
