import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endpointOf } from '../proof/kit/delivery-rows.ts';
import { Pace } from './pace.ts';

const MARK = {
  endpoint: 1,
  xid: 1n,
  factsFrom: '',
  lastSuccessAtMs: undefined,
  failingSinceMs: undefined,
  failures: 0,
};

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-31T12:00:00Z') });
});

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ['forwards', '2026-01-31T13:00:00Z'],
  ['back', '2026-01-31T11:00:00Z'],
])('a pause, a rate and a breaker last as long as they should when the clock jumps %s', (_, jumpsTo) => {
  const paused = new Pace(endpointOf({}, 1), MARK);
  paused.pauseFor(7_000);
  const limited = new Pace(endpointOf({ ratePerSecond: 1 }, 1), MARK);
  limited.began();
  const down = new Pace(endpointOf({}, 1), MARK);
  for (let i = 0; i < 5; i += 1) down.failed(Date.now(), true);
  vi.setSystemTime(new Date(jumpsTo));
  expect([paused.capacity, paused.waitMs]).toEqual([0, 7_000]);
  expect(limited.waitMs).toBe(1_000);
  expect(down.waitMs).toBeGreaterThanOrEqual(5_000);
  vi.advanceTimersByTime(7_000);
  expect([paused.waitMs, limited.waitMs, down.waitMs]).toEqual([0, 0, 0]);
});
