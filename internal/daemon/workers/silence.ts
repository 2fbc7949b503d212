/** As much of a worker as listening to it needs. */
interface Heard {
  /** Whether it was heard of since the last call. */
  takeHeard(): boolean;
}

/**
 * Counts how often in a row nothing was heard of a worker. Looks are counted, not seconds: when the whole machine was
 * asleep, or the listener itself did not run, that is nobody's silence.
 */
export class Silence<W extends Heard> {
  readonly #limit: number;
  readonly #counts = new WeakMap<W, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a look; answers who has been silent for too long. */
  look(workers: Iterable<W>): W[] {
    return [...workers].filter((worker) => {
      const count = worker.takeHeard() ? 0 : (this.#counts.get(worker) ?? 0) + 1;
      this.#counts.set(worker, count);
      return count >= this.#limit;
    });
  }
}
