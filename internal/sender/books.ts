/**
 * What became of a delivery that was taken out of a line.
 * - `delivered`: the receiver has it, and the fact is committed;
 * - `retrying`: a retry is committed, which brings it back: the attempt failed, or it is delayed by deliver_after;
 * - `dead`: it was given up, and that is committed: attempts used up, too old, or refused;
 * - `skipped`: nothing had to be sent: the endpoint does not want the type, or an earlier attempt settled it;
 * - `lost`: the message was gone before it could be sent, and that is committed;
 * - `released`: it was given back without an outcome, and will be taken again, here or by another process: at shutdown, with
 *   a shard that was lost, or because its endpoint was paused, throttled or disabled meanwhile.
 */
export const OUTCOMES = ['delivered', 'retrying', 'dead', 'skipped', 'lost', 'released'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** Counts of deliveries. */
export interface BooksSnapshot extends Readonly<Record<Outcome, number>> {
  readonly taken: number;
  readonly inFlight: number;
}

/**
 * The account of the sender. Every delivery is taken once each time that it leaves a line: the line of new messages, or that
 * of retries which are due. So one message that failed twice was taken three times. It is in flight from then until its
 * outcome is committed, not only during its request. `inFlight` is counted on its own, not derived from the others, so that
 * taken = delivered + retrying + dead + skipped + lost + released + inFlight can fail and be seen to fail.
 */
export class Books implements BooksSnapshot {
  taken = 0;
  inFlight = 0;
  delivered = 0;
  retrying = 0;
  dead = 0;
  skipped = 0;
  lost = 0;
  released = 0;

  /** Deliveries left a line, and have no outcome yet. */
  take(deliveries = 1): void {
    this.taken += deliveries;
    this.inFlight += deliveries;
  }

  settle(outcome: Outcome, deliveries = 1): void {
    this.inFlight -= deliveries;
    this[outcome] += deliveries;
  }

  get balanced(): boolean {
    const settled = OUTCOMES.reduce((sum, outcome) => sum + this[outcome], 0);
    return this.inFlight >= 0 && this.taken === settled + this.inFlight;
  }

  snapshot(): BooksSnapshot {
    const { taken, inFlight, delivered, retrying, dead, skipped, lost, released } = this;
    return { taken, inFlight, delivered, retrying, dead, skipped, lost, released };
  }
}
