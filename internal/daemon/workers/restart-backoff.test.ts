import { expect, test } from 'vitest';
import { RestartBackoff } from './restart-backoff.ts';

/** Returns the delays after this many deaths of workers that were ready for this long. */
function delays(random: number, readyMs: readonly number[]): number[] {
  const backoff = new RestartBackoff(() => random);
  return readyMs.map((ms) => backoff.nextMs(ms));
}

test('waits twice as long after every death, up to half a minute', () => {
  const deaths = Array.from({ length: 8 }, () => 0);
  expect(delays(1, deaths)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('takes off up to half at random, and never comes back at once', () => {
  expect(delays(0, [0, 0, 0])).toEqual([500, 1_000, 2_000]);
  expect(delays(0.5, [0, 0, 0])).toEqual([750, 1_500, 3_000]);
});

test('starts from the beginning after a worker that had been well for a minute, not after one of seconds', () => {
  expect(delays(1, [0, 0, 59_999, 60_000, 0])).toEqual([1_000, 2_000, 4_000, 1_000, 2_000]);
});

test('does not overflow however often a worker dies', () => {
  const backoff = new RestartBackoff(() => 1);
  for (let i = 0; i < 5_000; i += 1) backoff.nextMs(0);
  expect(backoff.nextMs(0)).toBe(30_000);
});
