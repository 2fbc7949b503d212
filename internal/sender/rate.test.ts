import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rate } from './rate.ts';

/** How many are taken by asking at each millisecond. */
function taken(rate: Rate, fromMs: number, toMs: number): number {
  let count = 0;
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 1) while (rate.take(nowMs)) count += 1;
  return count;
}

test.each([
  [1, 10],
  [3, 30],
  [100, 1_000],
  [5_000, 50_000],
])('at %i per second, 10 seconds take about %i', (perSecond, expected) => {
  const count = taken(new Rate(perSecond), 0, 10_000);
  expect(count).toBeGreaterThanOrEqual(expected);
  expect(count).toBeLessThanOrEqual(expected + Math.max(1, perSecond / 10));
});

test('after a pause a tenth of a second is caught up, no more', () => {
  const rate = new Rate(100);
  taken(rate, 0, 1_000);
  expect(taken(rate, 3_600_000, 3_600_001)).toBe(10);
});

test('says when the next one may begin, and then it may', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 0, max: 2e12 }),
      (perSecond, startMs) => {
        const rate = new Rate(perSecond);
        while (rate.take(startMs));
        const { nextAtMs } = rate;
        expect(nextAtMs).toBeGreaterThan(startMs);
        expect(rate.take(nextAtMs)).toBe(true);
      },
    ),
  );
});

test('without a rate all may begin at once', () => {
  const rate = new Rate(null);
  for (let i = 0; i < 100_000; i += 1) expect(rate.take(0)).toBe(true);
});

test('a changed rate holds from the next request on', () => {
  const rate = new Rate(1);
  expect([rate.take(0), rate.take(999)]).toEqual([true, false]);
  rate.setRate(10);
  expect([rate.take(1_000), rate.take(1_099), rate.take(1_100)]).toEqual([true, false, true]);
  rate.setRate(null);
  expect([rate.take(1_100), rate.nextAtMs]).toEqual([true, -Infinity]);
});
