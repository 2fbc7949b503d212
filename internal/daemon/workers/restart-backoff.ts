const BASE_MS = 1_000;
const CAP_MS = 30_000;

/** A worker that was ready for so long was well: what ended it is new, and waiting starts from the beginning. */
const WELL_MS = 60_000;

/**
 * How long to wait before a worker is started again: exponential, between half and all of the step at random, so that
 * workers which died together do not come back together, and none comes back at once.
 */
export class RestartBackoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** @param readyMs how long the worker that ended had been ready; 0 when it never was */
  nextMs(readyMs: number): number {
    if (readyMs >= WELL_MS) this.#failures = 0;
    const stepMs = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return (stepMs / 2) * (1 + this.#random());
  }
}
