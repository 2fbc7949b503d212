/** Little, until an endpoint has shown what it can take. */
const FIRST_LIMIT = 4;

/**
 * How many requests an endpoint gets at once: one more after each window of successes, a window being as many as the limit;
 * half as many when it is overloaded. Between 1 and the cap that is set for the endpoint.
 */
export class Concurrency {
  #cap: number;
  #limit: number;
  #succeeded = 0;
  #halvedAtMs = Number.NEGATIVE_INFINITY;

  constructor(cap: number) {
    this.#cap = cap;
    this.#limit = Math.min(FIRST_LIMIT, cap);
  }

  get limit(): number {
    return this.#limit;
  }

  /** A changed cap keeps what was learnt below it. */
  setCap(cap: number): void {
    this.#cap = cap;
    this.#limit = Math.min(this.#limit, cap);
  }

  /**
   * @param inFlight requests to the endpoint at that time, this one included: successes of a few say nothing about more, so
   *   the limit grows only while at least half of it is used
   */
  succeeded(inFlight: number): void {
    if (inFlight * 2 < this.#limit) return;
    this.#succeeded += 1;
    if (this.#succeeded < this.#limit) return;
    this.#succeeded = 0;
    this.#limit = Math.min(this.#limit + 1, this.#cap);
  }

  /**
   * @param beganMs when the request began: those that began before the limit was halved were sent under the old one, and do
   *   not halve it again
   */
  overloaded(nowMs: number, beganMs: number): void {
    if (beganMs < this.#halvedAtMs) return;
    this.#halvedAtMs = nowMs;
    this.#succeeded = 0;
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
  }
}
