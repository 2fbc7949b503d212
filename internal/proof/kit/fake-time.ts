import { vi } from 'vitest';

/** Between two looks, in which everything that is due runs. */
const STEP_MS = 10;

/**
 * Lets fake time go by until the condition holds; `vi.useFakeTimers()` has to be on.
 * @throws Error naming what was waited for, when so much fake time is over
 */
export async function advanceUntil(
  condition: () => boolean,
  { what, timeoutMs = 60_000 }: { what: string; timeoutMs?: number },
): Promise<void> {
  for (let leftMs = timeoutMs; !condition(); leftMs -= STEP_MS) {
    if (leftMs <= 0) throw new Error(`waited ${timeoutMs} ms of fake time for ${what}`);
    await vi.advanceTimersByTimeAsync(STEP_MS);
  }
}

/** Lets fake time go by until the promise settles, and returns or throws what it settles with. */
export async function inFakeTime<T>(promise: Promise<T>, timeoutMs = 60_000): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await advanceUntil(() => isSettled, { what: 'a promise to settle', timeoutMs });
  return promise;
}

/** A store or a queue that takes so long, in whatever time it is. */
export function slowly(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
