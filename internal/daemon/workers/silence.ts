/** As much of a worker as listening to it needs. */
interface Heard {
  /** Whether it was heard of since the last call. */
  takeHeard(): boolean;
}

/**
 * Counts how often in a row nothing was heard of a worker. Looks are counted, not
 * seconds, so that a suspended machine is not taken for a hung worker.
 */
export class Silence<W extends Heard> {
  readonly #limit: number;
  readonly #counts = new WeakMap<W, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a look; returns those that have been silent for too long. */
  look(workers: Iterable<W>): W[] {
    return [...workers].filter((worker) => {
      const count = worker.takeHeard() ? 0 : (this.#counts.get(worker) ?? 0) + 1;
      this.#counts.set(worker, count);
      return count >= this.#limit;
    });
  }
}
