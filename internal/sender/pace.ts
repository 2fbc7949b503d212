import { Breaker } from './breaker.ts';
import { Concurrency } from './concurrency.ts';
import { Health } from './health.ts';
import type { Endpoint, Mark } from './ports.ts';
import { Rate } from './rate.ts';

/** Pauses that an endpoint asks for without saying how long: the first and the longest; each is twice the one before. */
const FIRST_BACK_OFF_SECONDS = 1;
const LONGEST_BACK_OFF_SECONDS = 300;
/** What is loaded is sent soon enough after a pause that is shorter. Shorter than the first pause of a breaker. */
const LONG_PAUSE_MS = 3_000;

/**
 * How much an endpoint may be sent at a time: its settings, and what its answers say. Its pauses are measured by the monotonic
 * clock: a wall clock that is set right neither ends nor lengthens them.
 */
export class Pace {
  readonly health: Health;
  #breaker = new Breaker(Math.random);
  readonly #concurrency: Concurrency;
  readonly #rate: Rate;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #backOffSeconds = FIRST_BACK_OFF_SECONDS;
  #backedOffAtMs = Number.NEGATIVE_INFINITY;

  constructor(endpoint: Endpoint, mark: Mark) {
    this.health = new Health(mark);
    this.#concurrency = new Concurrency(slotsOf(endpoint));
    this.#rate = new Rate(endpoint.ratePerSecond);
  }

  update(endpoint: Endpoint): void {
    this.#concurrency.setCap(slotsOf(endpoint));
    this.#rate.setRate(endpoint.ratePerSecond);
  }

  /** An operator has made it active again. */
  reset(): void {
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY;
    this.#breaker = new Breaker(Math.random);
    this.health.reset();
  }

  get isOpen(): boolean {
    return this.#breaker.isOpen;
  }

  /** How many requests may be in flight now. */
  get capacity(): number {
    const nowMs = performance.now();
    return this.#pausedUntilMs > nowMs ? 0 : Math.min(this.#concurrency.limit, this.#breaker.allowed(nowMs));
  }

  /** Milliseconds until the next request may begin, as far as time alone decides. */
  get waitMs(): number {
    const atMs = Math.max(this.#pausedUntilMs, this.#breaker.nextProbeMs ?? 0, this.#rate.nextAtMs);
    return Math.max(0, atMs - performance.now());
  }

  /** Whether nothing may begin for some seconds. */
  get rests(): boolean {
    const untilMs = Math.max(this.#pausedUntilMs, this.#breaker.nextProbeMs ?? 0);
    return untilMs - performance.now() > LONG_PAUSE_MS;
  }

  began(): void {
    this.#rate.take(performance.now());
  }

  /** @param nowMs by the wall clock @param inFlight requests to the endpoint, this one included. Returns whether it was down and is back. */
  succeeded(nowMs: number, inFlight: number): boolean {
    this.#concurrency.succeeded(inFlight);
    this.health.succeeded(nowMs);
    return this.works();
  }

  /** It has answered, although it does not take this message. Returns whether it was down and is back. */
  works(): boolean {
    this.#backOffSeconds = FIRST_BACK_OFF_SECONDS;
    const recovers = this.#breaker.isOpen;
    this.#breaker.succeeded(performance.now());
    return recovers;
  }

  /** @param nowMs by the wall clock @param connection whether there was no response. Returns whether it is down from now on. */
  failed(nowMs: number, connection: boolean): boolean {
    const before = this.#breaker.isOpen;
    this.#breaker.failed(performance.now(), connection);
    this.health.failed(nowMs);
    return !before && this.#breaker.isOpen;
  }

  /** How long it pauses if it asks for that without saying how long. */
  get backOffSeconds(): number {
    return this.#backOffSeconds;
  }

  /** It has asked for a pause. @param milliseconds how long the request took that was answered so */
  throttled(milliseconds: number): void {
    this.overloaded(milliseconds);
    const nowMs = performance.now();
    if (nowMs - milliseconds < this.#backedOffAtMs) return; // one of those that were in flight together
    this.#backedOffAtMs = nowMs;
    this.#backOffSeconds = Math.min(2 * this.#backOffSeconds, LONGEST_BACK_OFF_SECONDS);
  }

  /** It has too much to do. @param milliseconds how long the request took that says so */
  overloaded(milliseconds: number): void {
    const nowMs = performance.now();
    this.#concurrency.overloaded(nowMs, nowMs - milliseconds);
  }

  /** Nothing begins for that long. */
  pauseFor(milliseconds: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, performance.now() + milliseconds);
  }
}

function slotsOf({ ordered, concurrency }: Endpoint): number {
  return ordered ? 1 : concurrency;
}
