import { expect, test } from 'vitest';
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
