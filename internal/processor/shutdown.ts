/** How a processor is told to end. `drain`: receive no more, finish what is here. `stop`: give back what is not stored yet. */
export interface EndSignals {
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
}

/** After `stop`, running statements get this long, then running deletes the same again. */
export const LAST_MOMENT_MS = 1_000;

/** The end of a processor in two levels, whatever starts it: its owner, an empty queue, or an unexpected error. */
export class Shutdown implements EndSignals {
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  get drain(): AbortSignal {
    return this.#drain.signal;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Takes over what the owner says. */
  follow({ drain, stop }: EndSignals): void {
    whenAborted(drain, () => this.#drain.abort());
    whenAborted(stop, () => {
      this.#drain.abort();
      this.#stop.abort();
    });
  }

  beginDrain(): void {
    this.#drain.abort();
  }

  /** Waits for a part of the processor. An error in it ends the whole processor, loudly, and gives back what is held. */
  async watch(part: Promise<void>): Promise<void> {
    try {
      await part;
    } catch (error) {
      this.#failure ??= { error };
      this.#drain.abort();
      this.#stop.abort();
    }
  }

  /** Resolves when the work is done, or a last moment after `stop`. */
  async lastMoment(work: Promise<unknown>): Promise<void> {
    const over = new Promise<void>((resolve) => {
      whenAborted(this.stop, () => setTimeout(resolve, LAST_MOMENT_MS));
    });
    await Promise.race([work, over]);
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
