const BASE_MS = 1_000;
const CAP_MS = 30_000;

/** After a worker was ready for this long, its end counts as the first failure again. */
const WELL_MS = 60_000;

/**
 * Delays the restart of a worker: an exponential step, of which a random share from half to all is waited, so that
 * workers that died together do not restart together, and none restarts at once.
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
