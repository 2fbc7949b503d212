import { fullJitterMs } from './back-off.ts';
import { Change } from './change.ts';
import { sleep } from './sleep.ts';

const BASE_MS = 100;
const CAP_MS = 5_000;

/**
 * Closed while a store is away. Whoever feeds that store waits for the gate, and takes in nothing meanwhile; whoever found
 * the store away tries again, and opens the gate when that succeeds.
 */
export class Gate {
  readonly #change = new Change();
  #failures = 0;

  get isOpen(): boolean {
    return this.#failures === 0;
  }

  /** Resolves when the gate is open or the signal aborts. */
  async opened(signal: AbortSignal): Promise<void> {
    while (!this.isOpen && !signal.aborted) await this.#change.next(signal);
  }

  /** Closes the gate and waits with full jitter before the next try. */
  async failed(signal: AbortSignal, capMs = CAP_MS): Promise<void> {
    this.#failures += 1;
    await sleep(fullJitterMs(this.#failures - 1, BASE_MS, capMs), signal);
  }

  succeeded(): void {
    if (this.isOpen) return;
    this.#failures = 0;
    this.#change.wake();
  }
}
