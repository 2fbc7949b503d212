import type { Inbox, Log } from './ports.ts';

interface UntilEmptyParts {
  readonly inbox: Pick<Inbox, 'remaining'>;
  readonly log: Log;
  readonly holdsNothing: () => boolean;
  /** Called once the queue is empty. */
  readonly done: () => void;
}

/** Notices that a queue has nothing more. Counts of SQS are approximate: two looks must agree, each after an empty long poll. */
export class UntilEmpty {
  readonly #parts: UntilEmptyParts;
  #emptyLooks = 0;

  constructor(parts: UntilEmptyParts) {
    this.#parts = parts;
  }

  received(): void {
    this.#emptyLooks = 0;
  }

  /** A long poll came back empty. */
  async look(stop: AbortSignal): Promise<void> {
    const { inbox, log, holdsNothing, done } = this.#parts;
    if (!holdsNothing()) return;
    try {
      const remaining = await inbox.remaining(stop);
      this.#emptyLooks = remaining === 0 ? this.#emptyLooks + 1 : 0;
      if (this.#emptyLooks >= 2 && holdsNothing()) done();
    } catch (error) {
      log.warn({ err: error }, 'the queue could not be asked what it still holds; asking again');
    }
  }
}
