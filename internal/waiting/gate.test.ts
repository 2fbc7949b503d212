import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Breaker } from './gate.ts';

const never = new AbortController().signal;
const [one, other] = [{}, {}];
const away = new Error('away');

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

describe('open', () => {
  test('from the first failure until somebody gets through, whoever it is', async () => {
    const breaker = new Breaker();
    expect(breaker.open).toBe(false);
    void breaker.failed(one, away, never);
    expect(breaker.open).toBe(true);
    const closed = vi.fn<() => void>();
    void breaker.closed(never).then(closed);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(closed).not.toHaveBeenCalled();
    breaker.succeeded(other);
    await vi.advanceTimersByTimeAsync(0);
    expect(closed).toHaveBeenCalledOnce();
    expect(breaker.open).toBe(false);
  });

  test('an aborted signal ends every wait', async () => {
    const breaker = new Breaker();
    const end = new AbortController();
    const waits = Promise.all([breaker.failed(one, away, end.signal), breaker.closed(end.signal)]);
    end.abort();
    await waits;
    expect(breaker.open).toBe(true);
  });
});

describe('the problem', () => {
  test('stays as long as somebody has not got through, though others have', () => {
    const breaker = new Breaker();
    const refused = new Error('refused');
    void breaker.failed(one, refused, never);
    void breaker.failed(other, away, never);
    expect(breaker.succeeded(other)).toBeUndefined();
    expect({ open: breaker.open, problem: breaker.problem }).toEqual({ open: false, problem: refused });
    expect(breaker.succeeded(other)).toBeUndefined();
    expect(breaker.succeeded(one)).toBe(0);
    expect(breaker.problem).toBeUndefined();
  });

  test('is that of the last try, and its end tells how long it lasted since the first', async () => {
    const breaker = new Breaker();
    const refused = new Error('refused');
    void breaker.failed(one, away, never);
    await vi.advanceTimersByTimeAsync(3_000);
    void breaker.failed(one, refused, never);
    expect(breaker.problem).toBe(refused);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(breaker.succeeded(one)).toBe(7_000);
  });

  test('without one there is nothing to tell of', () => {
    expect(new Breaker().succeeded(one)).toBeUndefined();
  });
});

test('waits longer after each failure in a row, up to the cap', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  onTestFinished(() => void vi.restoreAllMocks());
  const breaker = new Breaker();
  const waits: number[] = [];
  for (let failures = 1; failures <= 8; failures += 1) {
    const startedMs = performance.now();
    const wait = breaker.failed(one, away, never);
    await vi.runAllTimersAsync();
    await wait;
    waits.push(performance.now() - startedMs);
  }
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});
