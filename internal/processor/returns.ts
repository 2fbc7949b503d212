import type { Work } from './batcher.ts';
import type { HeldMessage } from './held.ts';
import type { Holdings } from './holdings.ts';
import { RELEASED, type FinalOutcome } from './outcome.ts';
import type { Inbox, Log } from './ports.ts';
import { LAST_MOMENT_MS } from './shutdown.ts';

/**
 * A message whose events wait for a lock goes back for a visibility timeout, and for twice as long at each further receive,
 * up to 16 times: it must not wander to the dead-letter queue while somebody holds the lock for hours.
 */
const MAX_POSTPONE_DOUBLINGS = 4;

interface ReturnsParts {
  readonly inbox: Pick<Inbox, 'changeVisibility'>;
  readonly log: Log;
  readonly holdings: Holdings;
  readonly visibilityTimeoutSeconds: number;
  readonly drain: AbortSignal;
  /** Takes out of every line what follows in a message group. */
  readonly takeFollowers: (group: string) => { works: Work[]; undecided: HeldMessage[] };
  readonly settle: (work: Work, outcome: FinalOutcome) => void;
}

/** Gives messages back to the queue. Before the drain, their visibility timeout runs out there; at the end they are made visible at once. */
export class Returns {
  readonly #parts: ReturnsParts;
  readonly #toRelease: HeldMessage[] = [];

  constructor(parts: ReturnsParts) {
    this.#parts = parts;
  }

  /** At least one event of the message is not stored. What follows in its message group must not be stored before it. */
  giveBack(held: HeldMessage): void {
    held.giveBack();
    if (held.group === undefined) return;
    const { works, undecided } = this.#parts.takeFollowers(held.group);
    for (const work of works) this.#parts.settle(work, RELEASED);
    for (const follower of undecided) this.leave(follower);
  }

  /** Lets go of a message without deleting it. */
  leave(held: HeldMessage): void {
    if (this.#parts.drain.aborted) this.#toRelease.push(held);
    this.#parts.holdings.leave(held);
  }

  /** Gives back for a while what waits for a lock and has no room here. */
  postpone(works: readonly Work[]): void {
    const messages = new Set(works.map(({ held }) => held));
    for (const work of works) this.#parts.settle(work, RELEASED);
    if (this.#parts.drain.aborted) return; // visible at once at the end, as all that is given back by then
    for (const held of messages) void this.#hide(held);
  }

  /** Gives back for a while a message that takes long to decide and has no room here. */
  postponeUndecided(held: HeldMessage): void {
    this.leave(held);
    if (!this.#parts.drain.aborted) void this.#hide(held);
  }

  async #hide(held: HeldMessage): Promise<void> {
    const { inbox, log, visibilityTimeoutSeconds, drain } = this.#parts;
    const doublings = Math.min(MAX_POSTPONE_DOUBLINGS, held.receiveCount - 1);
    try {
      const [failure] = await inbox.changeVisibility(
        [held],
        visibilityTimeoutSeconds * 2 ** doublings,
        drain,
      );
      if (failure?.retryable === false) held.loseLease();
    } catch (error) {
      log.debug(
        { err: error },
        'a message could not be postponed; SQS redelivers it after its visibility timeout',
      );
    }
  }

  /** Makes visible at once what was received and not stored. Returns how many events of those had no outcome. */
  async release(): Promise<number> {
    const { inbox, log, holdings } = this.#parts;
    let events = 0;
    for (const held of holdings) {
      if (held.state === 'committed') continue;
      events += held.pending;
      this.#toRelease.push(held);
    }
    if (this.#toRelease.length === 0) return events;
    try {
      await inbox.changeVisibility(this.#toRelease, 0, AbortSignal.timeout(LAST_MOMENT_MS));
    } catch (error) {
      log.warn(
        { messages: this.#toRelease.length, err: error },
        'messages could not be released; SQS redelivers them after their visibility timeout',
      );
    }
    return events;
  }
}
