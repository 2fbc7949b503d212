/** The part of a worker that listening to it needs. */
interface Heard {
  /** Returns whether the worker has sent anything since the last call. */
  takeHeard(): boolean;
}

/**
 * Counts how often in a row a worker was silent. Looks are counted, not seconds, so that a suspended machine is not
 * taken for a hung worker.
 */
export class Silence<W extends Heard> {
  readonly #limit: number;
  readonly #counts = new WeakMap<W, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a look; returns the workers that were silent at `limit` looks in a row. */
  look(workers: Iterable<W>): W[] {
    return [...workers].filter((worker) => {
      const count = worker.takeHeard() ? 0 : (this.#counts.get(worker) ?? 0) + 1;
      this.#counts.set(worker, count);
      return count >= this.#limit;
    });
  }
}
