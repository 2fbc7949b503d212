import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Shutdown } from './shutdown.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const levelsOf = ({ drain, stop }: Shutdown) => [drain.aborted, stop.aborted];

function followed() {
  const [drain, stop] = [new AbortController(), new AbortController()];
  const shutdown = new Shutdown();
  shutdown.follow({ drain: drain.signal, stop: stop.signal });
  return { shutdown, drain, stop };
}

describe('the owner', () => {
  test('has it drain, and then stop', () => {
    const { shutdown, drain, stop } = followed();
    expect(levelsOf(shutdown)).toEqual([false, false]);
    drain.abort();
    expect(levelsOf(shutdown)).toEqual([true, false]);
    stop.abort();
    expect(levelsOf(shutdown)).toEqual([true, true]);
  });

  test('who says stop says drain too', () => {
    const { shutdown, stop } = followed();
    stop.abort();
    expect(levelsOf(shutdown)).toEqual([true, true]);
  });

  test('may have said so before', () => {
    const shutdown = new Shutdown();
    shutdown.follow({ drain: AbortSignal.abort(), stop: AbortSignal.abort() });
    expect(levelsOf(shutdown)).toEqual([true, true]);
  });
});

test('a drain that begins by itself does not stop what is under way', () => {
  const shutdown = new Shutdown();
  shutdown.beginDrain();
  expect(levelsOf(shutdown)).toEqual([true, false]);
});

describe('a part of the processor', () => {
  test('that ends in order ends nothing else', async () => {
    const shutdown = new Shutdown();
    await shutdown.watch(Promise.resolve());
    expect(levelsOf(shutdown)).toEqual([false, false]);
    expect(() => shutdown.throwFailure()).not.toThrow();
  });

  test('that ends with an error ends all others, and the first error is told', async () => {
    const shutdown = new Shutdown();
    await shutdown.watch(Promise.reject(new Error('the cause')));
    await shutdown.watch(Promise.reject(new Error('what came of it')));
    expect(levelsOf(shutdown)).toEqual([true, true]);
    expect(() => shutdown.throwFailure()).toThrow('the cause');
  });

  test('that ends with nothing for an error is told all the same', async () => {
    const shutdown = new Shutdown();
    await shutdown.watch(Promise.reject(undefined)); // oxlint-disable-line prefer-promise-reject-errors
    await expect((async () => shutdown.throwFailure())()).rejects.toBeUndefined();
  });
});

describe('the last moment', () => {
  /** Waits for work that ends when the test says so. */
  function waitFor(shutdown: Shutdown) {
    let finish = () => {};
    const seen = { over: false };
    const work = new Promise<void>((resolve) => (finish = resolve));
    void shutdown.lastMoment(work).then(() => {
      seen.over = true;
    });
    return { seen, finish };
  }

  test('is over when the work is done', async () => {
    const { seen, finish } = waitFor(new Shutdown());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.over).toBe(false);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.over).toBe(true);
  });

  test('is over a second after the stop, and not after the drain', async () => {
    const { shutdown, drain, stop } = followed();
    const { seen } = waitFor(shutdown);
    drain.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.over).toBe(false);
    stop.abort();
    await vi.advanceTimersByTimeAsync(999);
    expect(seen.over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.over).toBe(true);
  });

  test('of work that begins after the stop is a second, too', async () => {
    const { shutdown, stop } = followed();
    stop.abort();
    await vi.advanceTimersByTimeAsync(5_000);
    const { seen } = waitFor(shutdown);
    await vi.advanceTimersByTimeAsync(999);
    expect(seen.over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.over).toBe(true);
  });
});
