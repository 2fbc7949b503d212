import { Change, fullJitterMs, sleep } from './waiting.ts';

const BASE_MS = 100;
const CAP_MS = 5_000;

/**
 * Open while PostgreSQL is away: then nothing is received, so that messages do not use up their receives
 * on the way to the dead-letter queue. Whoever gets through to it closes it.
 */
export class Breaker {
  readonly #change = new Change();
  /** By who tries: why the last try failed, of those who have not got through since. */
  readonly #problems = new Map<object, Error>();
  #failures = 0;
  #sinceMs = 0;

  get open(): boolean {
    return this.#failures > 0;
  }

  /**
   * Why somebody's last try failed; undefined when everybody's went well. It outlasts `open`: when PostgreSQL refuses one
   * kind of statement and takes another, the one that it takes closes the breaker, and all is not well.
   */
  get problem(): Error | undefined {
    return this.#problems.values().next().value;
  }

  /** Resolves when the breaker is closed or the signal aborts. */
  async closed(signal: AbortSignal): Promise<void> {
    while (this.open && !signal.aborted) await this.#change.next(signal);
  }

  /** Notes a failure of `by`, and waits with full jitter before the next try. */
  async failed(by: object, problem: Error, signal: AbortSignal, capMs = CAP_MS): Promise<void> {
    if (this.#problems.size === 0) this.#sinceMs = performance.now();
    this.#problems.set(by, problem);
    this.#failures += 1;
    await sleep(fullJitterMs(this.#failures - 1, BASE_MS, capMs), signal);
  }

  /** `by` got through. Returns for how many milliseconds somebody had not, when now nobody is left who has not. */
  succeeded(by: object): number | undefined {
    const isLast = this.#problems.delete(by) && this.#problems.size === 0;
    this.#close();
    return isLast ? performance.now() - this.#sinceMs : undefined;
  }

  #close(): void {
    if (!this.open) return;
    this.#failures = 0;
    this.#change.wake();
  }
}
