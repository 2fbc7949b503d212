import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Gate } from './gate.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const never = new AbortController().signal;
const after = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

function follow(wait: Promise<void>): { over: boolean } {
  const followed = { over: false };
  void wait.then(() => (followed.over = true));
  return followed;
}

describe('a gate', () => {
  test('is open at first, and holds nobody up', async () => {
    const gate = new Gate();
    const passing = follow(gate.opened(never));
    await after(0);
    expect([gate.isOpen, passing.over]).toEqual([true, true]);
  });

  test('is closed from a failure on until a success, which lets all pass', async () => {
    const gate = new Gate();
    void gate.failed(never);
    const waiting = [follow(gate.opened(never)), follow(gate.opened(never))];
    await after(60_000);
    expect([gate.isOpen, ...waiting.map(({ over }) => over)]).toEqual([false, false, false]);
    gate.succeeded();
    await after(0);
    expect([gate.isOpen, ...waiting.map(({ over }) => over)]).toEqual([true, true, true]);
  });

  test('that closes again at once lets nobody pass', async () => {
    const gate = new Gate();
    void gate.failed(never);
    const waiting = follow(gate.opened(never));
    gate.succeeded();
    void gate.failed(never);
    await after(0);
    expect(waiting.over).toBe(false);
  });

  test('holds nobody up once the signal aborts', async () => {
    const gate = new Gate();
    const end = new AbortController();
    void gate.failed(never);
    const waiting = follow(gate.opened(end.signal));
    end.abort();
    await after(0);
    expect([waiting.over, gate.isOpen]).toEqual([true, false]);
  });
});

describe('the wait after a failure', () => {
  async function waitOf(wait: Promise<void>): Promise<number> {
    const before = performance.now();
    const waited = follow(wait);
    while (!waited.over) await after(10);
    return performance.now() - before;
  }

  test('doubles with every failure in a row, up to five seconds', async () => {
    const gate = new Gate();
    const waits = [];
    for (let i = 0; i < 8; i += 1) waits.push(await waitOf(gate.failed(never)));
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  test('is short again after a success', async () => {
    const gate = new Gate();
    for (let i = 0; i < 5; i += 1) await waitOf(gate.failed(never));
    gate.succeeded();
    expect(await waitOf(gate.failed(never))).toBe(100);
  });

  test('is no longer than whoever waits will have it, and ends with the signal', async () => {
    const gate = new Gate();
    for (let i = 0; i < 4; i += 1) await waitOf(gate.failed(never));
    expect(await waitOf(gate.failed(never, 1_000))).toBe(1_000);
    const end = new AbortController();
    const waiting = follow(gate.failed(end.signal));
    end.abort();
    await after(0);
    expect(waiting.over).toBe(true);
  });
});
