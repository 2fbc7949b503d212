import { vi } from 'vitest';

/** Fake time between two checks of the condition. */
const STEP_MS = 10;

/**
 * Advances fake time until the condition holds. Requires `vi.useFakeTimers()`.
 * @throws Error naming what was waited for, after `timeoutMs` of fake time
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

/** Advances fake time until the promise settles, and settles as it does. */
export async function inFakeTime<T>(promise: Promise<T>, timeoutMs = 60_000): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await advanceUntil(() => isSettled, { what: 'a promise to settle', timeoutMs });
  return promise;
}

/** The delay of a slow store or queue, in real or fake time. */
export function slowly(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
