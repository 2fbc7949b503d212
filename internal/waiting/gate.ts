import { Change, fullJitterMs, sleep } from './waiting.ts';

const BASE_MS = 100;
const CAP_MS = 5_000;

/**
 * Open while PostgreSQL is away: then nothing is received, so that messages do not use up their receives
 * on the way to the dead-letter queue. The batch that found it away tries again and closes it.
 */
export class Breaker {
  readonly #change = new Change();
  #failures = 0;

  get open(): boolean {
    return this.#failures > 0;
  }

  /** Resolves when the breaker is closed or the signal aborts. */
  async closed(signal: AbortSignal): Promise<void> {
    while (this.open && !signal.aborted) await this.#change.next(signal);
  }

  /** Notes a failure and waits with full jitter before the next try. */
  async failed(signal: AbortSignal, capMs = CAP_MS): Promise<void> {
    this.#failures += 1;
    await sleep(fullJitterMs(this.#failures - 1, BASE_MS, capMs), signal);
  }

  succeeded(): void {
    if (!this.open) return;
    this.#failures = 0;
    this.#change.wake();
  }
}
