import { fullJitterMs } from './back-off.ts';
import { Change } from './change.ts';
import { sleep } from './sleep.ts';

const BASE_MS = 100;
const CAP_MS = 5_000;

/**
 * Closed while a store is away. Callers that feed the store wait at the gate and take in nothing meanwhile. Callers that
 * found the store away retry, and the first success opens the gate.
 */
export class Gate {
  readonly #change = new Change();
  /** The last failure of each caller that has not succeeded since. */
  readonly #problems = new Map<object, Error>();
  #failures = 0;
  #sinceMs = 0;

  get isOpen(): boolean {
    return this.#failures === 0;
  }

  /**
   * The error of a caller whose last try failed; undefined if every caller's last try succeeded. The gate may still be
   * open: a store can accept some statements and refuse others.
   */
  get problem(): Error | undefined {
    return this.#problems.values().next().value;
  }

  /** Resolves when the gate is open or the signal aborts. */
  async opened(signal: AbortSignal): Promise<void> {
    while (!this.isOpen && !signal.aborted) await this.#change.next(signal);
  }

  /** Closes the gate for a failure of `by`, and waits with full jitter before the next try. */
  async failed(by: object, problem: Error, signal: AbortSignal, capMs = CAP_MS): Promise<void> {
    if (this.#problems.size === 0) this.#sinceMs = performance.now();
    this.#problems.set(by, problem);
    this.#failures += 1;
    await sleep(fullJitterMs(this.#failures - 1, BASE_MS, capMs), signal);
  }

  /** Opens the gate. If `by` was the last caller with a problem, returns for how many milliseconds there were problems. */
  succeeded(by: object): number | undefined {
    const isLast = this.#problems.delete(by) && this.#problems.size === 0;
    this.#open();
    return isLast ? performance.now() - this.#sinceMs : undefined;
  }

  #open(): void {
    if (this.isOpen) return;
    this.#failures = 0;
    this.#change.wake();
  }
}
