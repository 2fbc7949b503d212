import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sleep, unlessAborted } from './sleep.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Follows a promise: how it ended, or `pending`. */
function follow(promise: Promise<void>): { state: string } {
  const followed = { state: 'pending' };
  void promise.then(
    () => (followed.state = 'resolved'),
    (error: unknown) => (followed.state = `rejected: ${String(error)}`),
  );
  return followed;
}

const after = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** A signal that counts who listens. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  vi.spyOn(signal, 'addEventListener').mockImplementation((...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  });
  const remove = signal.removeEventListener.bind(signal);
  vi.spyOn(signal, 'removeEventListener').mockImplementation((...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  });
  return { signal, listeners: () => listeners };
}

describe('a sleep', () => {
  test('is over after its time, and leaves no listener behind', async () => {
    const { signal, listeners } = countingSignal();
    const slept = follow(sleep(100, signal));
    await after(99);
    expect([slept.state, listeners()]).toEqual(['pending', 1]);
    await after(1);
    expect([slept.state, listeners()]).toEqual(['resolved', 0]);
  });

  test('is over as soon as the signal aborts, and leaves no timer behind', async () => {
    const end = new AbortController();
    const slept = follow(sleep(100, end.signal));
    end.abort();
    await after(0);
    expect([slept.state, vi.getTimerCount()]).toEqual(['resolved', 0]);
  });

  test('does not begin when the signal has aborted already', async () => {
    const slept = follow(sleep(100, AbortSignal.abort()));
    await after(0);
    expect([slept.state, vi.getTimerCount()]).toEqual(['resolved', 0]);
  });
});

describe('work that is waited for unless aborted', () => {
  const work = () => {
    let resolve = () => {};
    let reject: (error: Error) => void = () => {};
    const promise = new Promise<void>((...settle) => ([resolve, reject] = settle));
    return { promise, resolve, reject };
  };

  test('settles as it does itself', async () => {
    const [good, bad] = [work(), work()];
    const { signal } = new AbortController();
    const [first, second] = [good, bad].map(({ promise }) => follow(unlessAborted(promise, signal)));
    await after(1_000);
    expect([first?.state, second?.state]).toEqual(['pending', 'pending']);
    good.resolve();
    bad.reject(new Error('broken'));
    await after(0);
    expect([first?.state, second?.state]).toEqual(['resolved', 'rejected: Error: broken']);
  });

  test('is left to itself as soon as the signal aborts, whatever becomes of it', async () => {
    const end = new AbortController();
    const { promise, reject } = work();
    const waited = follow(unlessAborted(promise, end.signal));
    end.abort();
    await after(0);
    expect(waited.state).toBe('resolved');
    reject(new Error('too late'));
    await after(0);
    expect(waited.state).toBe('resolved');
  });

  test('is not waited for when the signal has aborted already', async () => {
    const waited = follow(unlessAborted(work().promise, AbortSignal.abort()));
    await after(0);
    expect(waited.state).toBe('resolved');
  });
});
