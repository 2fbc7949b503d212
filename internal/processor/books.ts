import { REJECTION_REASONS, type RejectionReason } from '../event/rejection.ts';
import type { FinalOutcome } from './outcome.ts';

/** Outcomes of everything received, in events; a body that cannot be decoded counts as one event. */
export interface BooksSnapshot {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly rejectedByReason: Readonly<Record<RejectionReason, number>>;
  /** Events given back to the queue without an outcome: at shutdown, or because a lease ran out. */
  readonly released: number;
  readonly inFlight: number;
}

/**
 * The account of the processor. `inFlight` is counted on its own, not derived from the others,
 * so that received = stored + duplicates + rejected + released + inFlight can fail and be seen to fail.
 */
export class Books {
  received = 0;
  stored = 0;
  duplicates = 0;
  released = 0;
  inFlight = 0;
  readonly rejectedByReason: Record<RejectionReason, number> = Object.fromEntries(
    REJECTION_REASONS.map((reason) => [reason, 0]),
  ) as Record<RejectionReason, number>;

  /** Events were decided, and have no outcome yet. */
  take(events: number): void {
    this.received += events;
    this.inFlight += events;
  }

  settle(outcome: FinalOutcome): void {
    this.inFlight -= 1;
    if (outcome.kind === 'stored') this.stored += 1;
    else if (outcome.kind === 'duplicate') this.duplicates += 1;
    else if (outcome.kind === 'rejected') this.rejectedByReason[outcome.refusal.reason] += 1;
    else this.released += 1;
  }

  /** Events were given back without an outcome. */
  release(events: number): void {
    this.released += events;
    this.inFlight -= events;
  }

  get rejected(): number {
    return REJECTION_REASONS.reduce((sum, reason) => sum + this.rejectedByReason[reason], 0);
  }

  get balanced(): boolean {
    return this.received === this.stored + this.duplicates + this.rejected + this.released + this.inFlight;
  }

  snapshot(): BooksSnapshot {
    return {
      received: this.received,
      stored: this.stored,
      duplicates: this.duplicates,
      rejected: this.rejected,
      rejectedByReason: { ...this.rejectedByReason },
      released: this.released,
      inFlight: this.inFlight,
    };
  }
}
