/** How a sender is told to end. `drain`: begin no more requests, finish those in flight. `stop`: give these up. */
export interface EndSignals {
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
}

/** The end of a sender in two levels, whatever starts it: its owner, or an unexpected error. */
export class Ending implements EndSignals {
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | undefined;

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
