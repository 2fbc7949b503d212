import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Gate } from './gate.ts';

const never = new AbortController().signal;
const [one, other] = [{}, {}];
const away = new Error('away');

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

describe('closed', () => {
  test('from the first failure until somebody gets through, whoever it is', async () => {
    const gate = new Gate();
    expect(gate.isOpen).toBe(true);
    void gate.failed(one, away, never);
    expect(gate.isOpen).toBe(false);
    const opened = vi.fn<() => void>();
    void gate.opened(never).then(opened);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(opened).not.toHaveBeenCalled();
    gate.succeeded(other);
    await vi.advanceTimersByTimeAsync(0);
    expect(opened).toHaveBeenCalledOnce();
    expect(gate.isOpen).toBe(true);
  });

  test('an aborted signal ends every wait', async () => {
    const gate = new Gate();
    const end = new AbortController();
    const waits = Promise.all([gate.failed(one, away, end.signal), gate.opened(end.signal)]);
    end.abort();
    await waits;
    expect(gate.isOpen).toBe(false);
  });
});

test('closed again before those who wait have looked, lets nobody through', async () => {
  const gate = new Gate();
  void gate.failed(one, away, never);
  const opened = vi.fn<() => void>();
  void gate.opened(never).then(opened);
  gate.succeeded(one);
  void gate.failed(one, away, never);
  await vi.advanceTimersByTimeAsync(0);
  expect(opened).not.toHaveBeenCalled();
});

describe('the problem', () => {
  test('stays as long as somebody has not got through, though others have', () => {
    const gate = new Gate();
    const refused = new Error('refused');
    void gate.failed(one, refused, never);
    void gate.failed(other, away, never);
    expect(gate.succeeded(other)).toBeUndefined();
    expect({ isOpen: gate.isOpen, problem: gate.problem }).toEqual({ isOpen: true, problem: refused });
    expect(gate.succeeded(other)).toBeUndefined();
    expect(gate.succeeded(one)).toBe(0);
    expect(gate.problem).toBeUndefined();
  });

  test('is that of the last try, and its end tells how long it lasted since the first', async () => {
    const gate = new Gate();
    const refused = new Error('refused');
    void gate.failed(one, away, never);
    await vi.advanceTimersByTimeAsync(3_000);
    void gate.failed(one, refused, never);
    expect(gate.problem).toBe(refused);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(gate.succeeded(one)).toBe(7_000);
  });

  test('without one there is nothing to tell of', () => {
    expect(new Gate().succeeded(one)).toBeUndefined();
  });
});

test('waits longer after each failure in a row, up to the cap', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  onTestFinished(() => void vi.restoreAllMocks());
  const gate = new Gate();
  const waits: number[] = [];
  for (let failures = 1; failures <= 8; failures += 1) {
    const startedMs = performance.now();
    const wait = gate.failed(one, away, never);
    await vi.runAllTimersAsync();
    await wait;
    waits.push(performance.now() - startedMs);
  }
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});

test('waits no longer than whoever tries will have it, and only briefly after a success', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  onTestFinished(() => void vi.restoreAllMocks());
  const gate = new Gate();
  const waited = vi.fn<() => void>();
  for (let failures = 0; failures < 8; failures += 1) void gate.failed(one, away, never);
  void gate.failed(one, away, never, 1_000).then(waited);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(waited).toHaveBeenCalledOnce();
  gate.succeeded(one);
  void gate.failed(one, away, never).then(waited);
  await vi.advanceTimersByTimeAsync(100);
  expect(waited).toHaveBeenCalledTimes(2);
});
