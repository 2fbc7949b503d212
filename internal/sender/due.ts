import type { DeliveryKey, Retry } from './ports.ts';

/** At most this many retries of an endpoint are held in memory; the store has the rest. */
export const MOST_HELD = 1_000;

/** Whether an attempt was made that failed; else it is delayed, or a replay has asked for it. */
function hasFailed({ lastError }: Retry): boolean {
  return lastError !== undefined;
}

/** Whether it is a failed delivery of the lane, which those behind it wait for; not one that is only delayed. */
export function isHead(retry: Retry): boolean {
  return retry.unit === 0 && hasFailed(retry);
}

/** What happened to retries while they were read from the store. */
interface Reading {
  /** Counts the readings. */
  readonly number: number;
  readonly settled: Set<string>;
  readonly added: Map<string, Retry>;
}

/**
 * The retries of an endpoint that are due first. One that was taken is busy until its outcome is written down, so that reading
 * the store meanwhile does not bring it a second time.
 */
export class Due {
  /** In the order of their times, then of their messages. */
  #held: Retry[] = [];
  readonly #busy = new Set<string>();
  readonly #readings = new Set<Reading>();
  #begun = 0;
  /** Of the readings that have ended, the number of the one that began last. */
  #newest = 0;
  /** What is due later is left to the store. */
  #heldToMs = Number.POSITIVE_INFINITY;
  /** A failed delivery of the lane that is due later than those held: in order, others wait for it all the same. */
  #farHead: Retry | undefined;
  /** Whether the store has retries that are not held. */
  hasMore = false;

  get size(): number {
    return this.#held.length;
  }

  get first(): Retry | undefined {
    return this.#held[0];
  }

  /** Whether a failed delivery of the lane is among them, or due later. */
  get hasHead(): boolean {
    return this.#farHead !== undefined || this.#held.some(isHead);
  }

  /** Takes the first one out if it is due by then. */
  take(byMs: number): Retry | undefined {
    const [first] = this.#held;
    if (first === undefined || first.dueAtMs > byMs) return undefined;
    this.#busy.add(keyOf(first));
    return this.#held.shift();
  }

  /** The same for a probe of an endpoint that is down: what has failed need not be due. */
  takeProbe(nowMs: number): Retry | undefined {
    const at = this.#probeAt(nowMs);
    const probe = at === -1 ? this.#farHead : this.#held.splice(at, 1)[0];
    if (at === -1) this.#farHead = undefined;
    if (probe !== undefined) this.#busy.add(keyOf(probe));
    return probe;
  }

  hasProbe(nowMs: number): boolean {
    return this.#farHead !== undefined || this.#probeAt(nowMs) !== -1;
  }

  #probeAt(nowMs: number): number {
    return this.#held.findIndex((retry) => hasFailed(retry) || retry.dueAtMs <= nowMs);
  }

  /** A delivery from the lane becomes a retry; it is being written down. */
  becomes(delivery: DeliveryKey): void {
    this.#busy.add(keyOf(delivery));
  }

  /** It is written down that this one is due again. */
  again(retry: Retry): void {
    const key = keyOf(retry);
    this.#busy.delete(key);
    for (const reading of this.#readings) reading.added.set(key, retry);
    this.#insert(retry);
  }

  /** It is written down that this one is no more. */
  settle(delivery: DeliveryKey): void {
    if (this.#busy.size === 0 && this.#readings.size === 0) return;
    const key = keyOf(delivery);
    this.#busy.delete(key);
    for (const reading of this.#readings) {
      reading.settled.add(key);
      reading.added.delete(key);
    }
  }

  /** Call it before the store is read. */
  beginReading(): Reading {
    this.#begun += 1;
    const reading = { number: this.#begun, settled: new Set<string>(), added: new Map<string, Retry>() };
    this.#readings.add(reading);
    return reading;
  }

  /** @param read what the store has, those due first, at most MOST_HELD and its first head; undefined when that failed */
  endReading(reading: Reading, read: readonly Retry[] | undefined): void {
    this.#readings.delete(reading);
    // What was read before another reading began is older than what is held.
    if (read === undefined || reading.number < this.#newest) return;
    this.#newest = reading.number;
    const { settled, added } = reading;
    this.hasMore = read.length >= MOST_HELD;
    this.#heldToMs = this.hasMore ? (read[MOST_HELD - 1]?.dueAtMs ?? 0) : Number.POSITIVE_INFINITY;
    const isNews = (retry: Retry) => {
      const key = keyOf(retry);
      return !this.#busy.has(key) && !settled.has(key) && !added.has(key);
    };
    this.#held = read.slice(0, MOST_HELD).filter(isNews).sort(byTime);
    this.#farHead = read.slice(MOST_HELD).find(isNews);
    for (const [key, retry] of added) if (!this.#busy.has(key)) this.#insert(retry);
  }

  /** Makes those that are held and have failed due by then. */
  bringForward(atMs: number): void {
    this.#held = this.#held
      .map((retry) => (retry.dueAtMs > atMs && hasFailed(retry) ? { ...retry, dueAtMs: atMs } : retry))
      .sort(byTime);
  }

  #insert(retry: Retry): void {
    // Held, it would be taken for the next one although the store has others that are due before it.
    if (retry.dueAtMs > this.#heldToMs) return this.#leave(retry);
    this.#held.splice(this.#placeOf(retry), 0, retry);
    if (this.#held.length <= MOST_HELD) return;
    this.#leave(this.#held.pop() as Retry);
    this.#heldToMs = this.#held.at(-1)?.dueAtMs ?? 0;
    this.hasMore = true;
  }

  /** It is left to the store. */
  #leave(retry: Retry): void {
    if (isHead(retry)) this.#farHead ??= retry;
  }

  #placeOf(retry: Retry): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byTime(this.#held[middle] as Retry, retry) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function keyOf({ unit, messageId }: DeliveryKey): string {
  return `${unit}/${messageId}`;
}

function byTime(a: Retry, b: Retry): number {
  if (a.dueAtMs !== b.dueAtMs) return a.dueAtMs - b.dueAtMs;
  if (a.messageId === b.messageId) return a.unit - b.unit;
  return a.messageId < b.messageId ? -1 : 1;
}
