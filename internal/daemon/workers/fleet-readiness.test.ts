import { expect, test } from 'vitest';
import { type Probed, readinessOfFleet } from './fleet-readiness.ts';

const well: Probed = { ready: true, ask: async () => ({ ready: true, lines: ['postgres: ok', 'sqs: ok'] }) };
const away: Probed = {
  ready: true,
  ask: async () => ({ ready: false, lines: ['postgres: away', 'sqs: ok'] }),
};
const silent: Probed = { ready: true, ask: async () => undefined };
const starting: Probed = { ready: false, ask: async () => undefined };
const waiting: Probed = { ready: false, ask: async () => ({ ready: true, lines: ['postgres: away'] }) };

test('one worker that is ready makes the whole ready while others come and go, and the page tells of each', async () => {
  const workers = [well, silent, starting, waiting, undefined].map((worker, i) => [i + 1, worker] as const);
  expect(await readinessOfFleet(workers, false)).toEqual({
    ready: true,
    lines: [
      'workers: 1 of 5 ready',
      'worker 1: postgres: ok, sqs: ok',
      'worker 2: no answer',
      'worker 3: starting',
      'worker 4: postgres: away',
      'worker 5: not running',
    ],
  });
});

test('one worker that runs and fails makes the whole not ready: the others share what it fails for', async () => {
  expect(
    await readinessOfFleet(
      [
        [1, well],
        [2, away],
      ],
      false,
    ),
  ).toEqual({
    ready: false,
    lines: ['workers: 1 of 2 ready', 'worker 1: postgres: ok, sqs: ok', 'worker 2: postgres: away, sqs: ok'],
  });
});

test.each([[[away, silent]], [[starting, waiting, undefined]]])(
  'without a worker that is ready the whole is not',
  async (some) => {
    const workers = some.map((worker, i) => [i + 1, worker] as const);
    expect((await readinessOfFleet(workers, false)).ready).toBe(false);
  },
);

test('nothing is ready while draining', async () => {
  const { ready, lines } = await readinessOfFleet([[1, well]], true);
  expect({ ready, line: lines[0] }).toEqual({ ready: false, line: 'running: draining' });
});
