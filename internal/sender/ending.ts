import { unlessAborted } from '../waiting/sleep.ts';

/** How a sender is told to end. `drain`: begin no more requests, finish those in flight. `stop`: give these up. */
export interface EndSignals {
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
}

/** After `stop`, what is under way to the store has this long; then its shards are given up, for which there is as long again. */
const GRACE_MS = 800;

/** The end of a sender in two levels, whatever starts it: its owner, or an unexpected error. */
export class Ending implements EndSignals {
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();
  readonly #late = new AbortController();
  readonly #tooLate = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  constructor() {
    whenAborted(this.stop, () => {
      setTimeout(() => this.#late.abort(), GRACE_MS).unref();
      setTimeout(() => this.#tooLate.abort(), 2 * GRACE_MS).unref();
    });
  }

  /** Resolves when the work is done, or a moment after `stop`: a store that does not answer must not hold up the end. */
  unlessLate(work: Promise<unknown>): Promise<void> {
    return unlessAborted(work, this.#late.signal);
  }

  unlessTooLate(work: Promise<unknown>): Promise<void> {
    return unlessAborted(work, this.#tooLate.signal);
  }

  get drain(): AbortSignal {
    return this.#drain.signal;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  follow({ drain, stop }: EndSignals): void {
    whenAborted(drain, () => this.#drain.abort());
    whenAborted(stop, () => {
      this.#drain.abort();
      this.#stop.abort();
    });
  }

  /** An error in this program ends it, loudly. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#drain.abort();
    this.#stop.abort();
  }

  async watch(part: Promise<void>): Promise<void> {
    try {
      await part;
    } catch (error) {
      this.fail(error);
    }
  }

  /** @throws the first error that a part ended with */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

function whenAborted(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true });
}
