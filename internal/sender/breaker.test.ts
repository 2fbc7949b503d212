import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Breaker } from './breaker.ts';

const NO_JITTER = () => 0;

function repeat(times: number, act: () => void): void {
  for (let i = 0; i < times; i += 1) act();
}

/** One that opened at 0. */
function opened(random = NO_JITTER): Breaker {
  const breaker = new Breaker(random);
  repeat(5, () => breaker.failed(0, true));
  return breaker;
}

describe('a breaker opens', () => {
  test('when half of at least 10 outcomes within a minute failed', () => {
    const breaker = new Breaker(NO_JITTER);
    repeat(5, () => breaker.succeeded(0));
    repeat(4, () => breaker.failed(0, false));
    expect([breaker.isOpen, breaker.allowed(0)]).toEqual([false, Infinity]);
    breaker.failed(29_999, false);
    expect([breaker.isOpen, breaker.allowed(29_999)]).toEqual([true, 0]);
  });

  test('not while more than half succeed', () => {
    const breaker = new Breaker(NO_JITTER);
    breaker.succeeded(0);
    for (let i = 0; i < 1_000; i += 1) {
      breaker.succeeded(i * 10);
      breaker.failed(i * 10, false);
    }
    expect(breaker.isOpen).toBe(false);
  });

  test('not for failures that a minute lies between', () => {
    const breaker = new Breaker(NO_JITTER);
    repeat(9, () => breaker.failed(0, false));
    breaker.failed(60_000, false);
    expect(breaker.isOpen).toBe(false);
    repeat(8, () => breaker.failed(60_000, false));
    expect(breaker.isOpen).toBe(false);
    breaker.failed(89_999, false);
    expect(breaker.isOpen).toBe(true);
  });

  test('for failures of this half minute and the one before', () => {
    const breaker = new Breaker(NO_JITTER);
    repeat(5, () => breaker.failed(0, false));
    repeat(4, () => breaker.failed(31_000, false));
    expect(breaker.isOpen).toBe(false);
    breaker.failed(59_000, false);
    expect(breaker.isOpen).toBe(true);
  });

  test('not for failures of the half minute before that', () => {
    const breaker = new Breaker(NO_JITTER);
    repeat(5, () => breaker.failed(0, false));
    repeat(4, () => breaker.failed(31_000, false));
    breaker.failed(60_000, false);
    expect(breaker.isOpen).toBe(false);
  });

  test('after 5 requests in a row without a response', () => {
    const breaker = new Breaker(NO_JITTER);
    repeat(4, () => breaker.failed(0, true));
    breaker.succeeded(0);
    repeat(4, () => breaker.failed(0, true));
    expect(breaker.isOpen).toBe(false);
    breaker.failed(0, true);
    expect(breaker.isOpen).toBe(true);
  });

  test('not after 5 failures in a row with a response among them', () => {
    const breaker = new Breaker(NO_JITTER);
    for (const connection of [true, true, false, true, true]) breaker.failed(0, connection);
    expect(breaker.isOpen).toBe(false);
  });
});

describe('an open breaker', () => {
  test('allows one probe after 5 s, then after twice as long each time, up to 5 min', () => {
    const breaker = opened();
    const delays: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 8; i += 1) {
      const probeMs = breaker.nextProbeMs as number;
      expect([breaker.allowed(probeMs - 1), breaker.allowed(probeMs)]).toEqual([0, 1]);
      delays.push(probeMs - nowMs);
      nowMs = probeMs;
      breaker.failed(nowMs, true);
    }
    expect(delays).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  test('waits up to a fifth longer, so that probes of many endpoints are not made at once', () => {
    expect(opened(() => 0.5).nextProbeMs).toBe(5_500);
  });

  test('does not wait longer for failures of requests that began before it opened', () => {
    const breaker = opened();
    repeat(16, () => breaker.failed(4_999, true));
    expect(breaker.nextProbeMs).toBe(5_000);
  });

  test('closes with the first success, and begins slowly: 2, 4, 8 …', () => {
    const breaker = opened();
    breaker.succeeded(5_000);
    expect([breaker.isOpen, breaker.nextProbeMs]).toEqual([false, undefined]);
    const limits: number[] = [];
    while (breaker.allowed(5_000) !== Infinity) {
      limits.push(breaker.allowed(5_000));
      repeat(breaker.allowed(5_000), () => breaker.succeeded(5_000));
    }
    expect(limits).toEqual([2, 4, 8, 16, 32, 64, 128]);
  });

  test('that closed takes back a step for each failure, but allows 1', () => {
    const breaker = opened();
    breaker.succeeded(5_000);
    repeat(6, () => breaker.succeeded(5_000));
    const limits = [0, 1, 2, 3].map(() => {
      const limit = breaker.allowed(5_000);
      breaker.failed(5_000, false);
      return limit;
    });
    expect(limits).toEqual([8, 4, 2, 1]);
    expect(breaker.allowed(5_000)).toBe(1);
  });

  test('that closed grows again only after as many successes as the smaller limit', () => {
    const breaker = opened();
    breaker.succeeded(5_000);
    repeat(6 + 3, () => breaker.succeeded(5_000));
    breaker.failed(5_000, false);
    repeat(3, () => breaker.succeeded(5_000));
    expect(breaker.allowed(5_000)).toBe(4);
    breaker.succeeded(5_000);
    expect(breaker.allowed(5_000)).toBe(8);
  });

  test('that closed opens for new failures only, and probes after 5 s again', () => {
    const breaker = opened();
    breaker.failed(5_000, true);
    breaker.succeeded(15_000);
    repeat(4, () => breaker.failed(15_000, true));
    expect(breaker.isOpen).toBe(false);
    breaker.failed(15_000, true);
    expect(breaker.nextProbeMs).toBe(20_000);
  });
});

test('whatever happens, an endpoint that comes back is found within 6 minutes', () => {
  const steps = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 400_000 }), fc.constantFrom('ok', 'failed', 'connection')),
  );
  fc.assert(
    fc.property(steps, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (history, random) => {
      const breaker = new Breaker(() => random);
      let nowMs = 0;
      for (const [afterMs, outcome] of history) {
        nowMs += afterMs;
        if (breaker.allowed(nowMs) < 1) continue;
        if (outcome === 'ok') breaker.succeeded(nowMs);
        else breaker.failed(nowMs, outcome === 'connection');
      }
      expect(breaker.allowed(nowMs + 360_000)).toBeGreaterThanOrEqual(1);
    }),
  );
});
