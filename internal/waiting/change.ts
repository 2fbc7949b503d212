/** Lets loops wait until something that they watch has changed. Waiters check again after every wake. */
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
