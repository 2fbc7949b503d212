/** What may be sent at once after a pause: this much of a second's requests, and at least one. */
const BURST_MS = 100;

/**
 * Limits the requests per second to an endpoint. A token bucket, kept as the time at which it is full again (the generic cell
 * rate algorithm of ITU-T I.371): two numbers, and nothing to refill. In no second are there more than the rate and its
 * burst, a tenth of it.
 */
export class Rate {
  #intervalMs = 0;
  #fullAtMs = Number.NEGATIVE_INFINITY;

  /** @param perSecond null for no limit */
  constructor(perSecond: number | null) {
    this.setRate(perSecond);
  }

  setRate(perSecond: number | null): void {
    this.#intervalMs = perSecond === null ? 0 : 1000 / perSecond;
  }

  /** When the next request may begin; in the past if one may begin now. */
  get nextAtMs(): number {
    if (this.#intervalMs === 0) return Number.NEGATIVE_INFINITY;
    return this.#fullAtMs - Math.max(0, BURST_MS - this.#intervalMs);
  }

  /** Whether a request may begin now; if so, it is counted. */
  take(nowMs: number): boolean {
    if (this.#intervalMs === 0) return true;
    if (nowMs < this.nextAtMs) return false;
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#intervalMs;
    return true;
  }
}
