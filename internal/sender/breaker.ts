const HALF_WINDOW_MS = 30_000;
const MIN_OUTCOMES = 10;
const MAX_FAILED_PART = 0.5;
const CONNECTION_FAILURES_IN_A_ROW = 5;

const FIRST_PROBE_MS = 5_000;
const MAX_PROBE_MS = 300_000;
const MAX_JITTER = 0.2;

/** No endpoint may have more in flight (the check of `endpoint.concurrency`), so the slow start ends there. */
const SLOW_START_END = 128;

/**
 * Stops sending to an endpoint that fails. It opens at 10 or more outcomes of which at least half failed, in a window of 30 to
 * 60 s, or after 5 requests in a row without a response. From then on one message at a time probes the endpoint, after 5 s,
 * then after twice as long each time, up to 5 min, plus up to 20 %. One success closes it; then 2, 4, 8 … may be in flight,
 * twice as many whenever all that may be have succeeded. A few numbers, since there are thousands of these.
 *
 * It limits what is in flight, and counts no requests: a probe whose outcome says nothing about the endpoint (it was
 * stopped, or throttled) needs no word, and the next one may begin.
 */
export class Breaker {
  readonly #random: () => number;
  #halfBeganMs = Number.NEGATIVE_INFINITY;
  #succeeded = 0;
  #failed = 0;
  #succeededBefore = 0;
  #failedBefore = 0;
  #connectionFailures = 0;
  /** Delay before the next probe, without jitter; 0 while it is closed. */
  #probeDelayMs = 0;
  #probeAtMs = 0;
  #slowStart = Number.POSITIVE_INFINITY;
  #succeededAtThis = 0;

  /** @param random returns a number from 0 up to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Open, or probing. */
  get isOpen(): boolean {
    return this.#probeDelayMs > 0;
  }

  /** When it allows a probe; undefined while it is closed. */
  get nextProbeMs(): number | undefined {
    return this.isOpen ? this.#probeAtMs : undefined;
  }

  /** How many requests may be in flight now; Infinity without a limit. */
  allowed(nowMs: number): number {
    if (this.isOpen) return nowMs >= this.#probeAtMs ? 1 : 0;
    return this.#slowStart;
  }

  /** Whichever request succeeded, also one that began before it opened: the endpoint works. */
  succeeded(nowMs: number): void {
    this.#connectionFailures = 0;
    if (this.isOpen) {
      this.#close();
      return;
    }
    this.#roll(nowMs);
    this.#succeeded += 1;
    this.#grow();
  }

  /** @param connection whether no response came */
  failed(nowMs: number, connection: boolean): void {
    if (this.isOpen) {
      // What fails before a probe was allowed began before it opened.
      if (nowMs >= this.#probeAtMs) this.#open(nowMs, Math.min(this.#probeDelayMs * 2, MAX_PROBE_MS));
      return;
    }
    this.#roll(nowMs);
    this.#failed += 1;
    this.#connectionFailures = connection ? this.#connectionFailures + 1 : 0;
    this.#shrink();
    if (this.#connectionFailures >= CONNECTION_FAILURES_IN_A_ROW || this.#tooManyFailed())
      this.#open(nowMs, FIRST_PROBE_MS);
  }

  #tooManyFailed(): boolean {
    const failed = this.#failed + this.#failedBefore;
    const outcomes = failed + this.#succeeded + this.#succeededBefore;
    return outcomes >= MIN_OUTCOMES && failed >= outcomes * MAX_FAILED_PART;
  }

  #open(nowMs: number, delayMs: number): void {
    this.#probeDelayMs = delayMs;
    this.#probeAtMs = nowMs + delayMs * (1 + MAX_JITTER * this.#random());
  }

  /** With an empty window: what failed before the endpoint came back must not open it again. */
  #close(): void {
    this.#probeDelayMs = 0;
    this.#halfBeganMs = Number.NEGATIVE_INFINITY;
    this.#slowStart = 2;
  }

  #grow(): void {
    if (this.#slowStart === Number.POSITIVE_INFINITY) return;
    this.#succeededAtThis += 1;
    if (this.#succeededAtThis < this.#slowStart) return;
    this.#succeededAtThis = 0;
    this.#slowStart = this.#slowStart * 2 > SLOW_START_END ? Number.POSITIVE_INFINITY : this.#slowStart * 2;
  }

  /** A failure during the slow start takes back one step of it. */
  #shrink(): void {
    if (this.#slowStart === Number.POSITIVE_INFINITY) return;
    this.#slowStart = Math.max(1, this.#slowStart / 2);
    this.#succeededAtThis = 0;
  }

  /** The window is the running half minute and the one before it. */
  #roll(nowMs: number): void {
    const sinceMs = nowMs - this.#halfBeganMs;
    if (sinceMs < HALF_WINDOW_MS) return;
    const isNext = sinceMs < 2 * HALF_WINDOW_MS;
    this.#succeededBefore = isNext ? this.#succeeded : 0;
    this.#failedBefore = isNext ? this.#failed : 0;
    this.#succeeded = 0;
    this.#failed = 0;
    this.#halfBeganMs = isNext ? this.#halfBeganMs + HALF_WINDOW_MS : nowMs;
  }
}
