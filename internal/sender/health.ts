import type { Mark } from './ports.ts';

/** An endpoint is disabled when nothing has succeeded for this long, and at least this many requests have failed meanwhile. */
const DISABLE_AFTER_MS = 5 * 24 * 3_600_000;
const DISABLE_FAILURES = 20;

/** What is written down of an endpoint's successes and failures, so that it survives restarts. */
export class Health {
  #lastSuccessAtMs: number | undefined;
  #failingSinceMs: number | undefined;
  #failures: number;

  constructor({ lastSuccessAtMs, failingSinceMs, failures }: Mark) {
    this.#lastSuccessAtMs = lastSuccessAtMs;
    this.#failingSinceMs = failingSinceMs;
    this.#failures = failures;
  }

  get written(): Pick<Mark, 'lastSuccessAtMs' | 'failingSinceMs' | 'failures'> {
    return {
      lastSuccessAtMs: this.#lastSuccessAtMs,
      failingSinceMs: this.#failingSinceMs,
      failures: this.#failures,
    };
  }

  succeeded(nowMs: number): void {
    this.#lastSuccessAtMs = nowMs;
    this.reset();
  }

  failed(nowMs: number): void {
    this.#failingSinceMs ??= nowMs;
    this.#failures += 1;
  }

  /** An operator has made it active again. */
  reset(): void {
    this.#failingSinceMs = undefined;
    this.#failures = 0;
  }

  /** Why it is to be disabled; undefined while it is not. */
  hopeless(nowMs: number): string | undefined {
    const since = this.#failingSinceMs;
    if (since === undefined || this.#failures < DISABLE_FAILURES || nowMs - since < DISABLE_AFTER_MS)
      return undefined;
    return `no request has succeeded since ${new Date(since).toISOString()}; ${this.#failures} have failed`;
  }
}
