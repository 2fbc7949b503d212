/** Delay before try `attempt` (0 is the first retry): exponential with full jitter, in milliseconds. */
export function fullJitterMs(attempt: number, baseMs: number, capMs: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
}

/** Resolves after the time, or as soon as the signal aborts; never rejects. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Settles as the work does, or resolves as soon as the signal aborts; what the work comes to then is nobody's concern. */
export async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new AbortController();
  const given = new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: aborted.signal });
  });
  try {
    await Promise.race([work, given]);
  } finally {
    aborted.abort();
  }
}

/** Lets loops wait until something that they look at has changed. Waiters look again after every wake. */
export class Change {
  #waiters = new Set<() => void>();

  /** Resolves at the next `wake`, or as soon as the signal aborts. */
  next(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        this.#waiters.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      signal?.addEventListener('abort', done, { once: true });
      this.#waiters.add(done);
    });
  }

  wake(): void {
    for (const waiter of this.#waiters) waiter();
  }
}
