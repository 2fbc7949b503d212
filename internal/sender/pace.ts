import { Breaker } from './breaker.ts';
import { Concurrency } from './concurrency.ts';
import { Health } from './health.ts';
import type { Endpoint, Mark } from './ports.ts';
import { Rate } from './rate.ts';

/** How much an endpoint may be sent at a time: its settings, and what its answers say. */
export class Pace {
  readonly health: Health;
  #breaker = new Breaker(Math.random);
  readonly #concurrency: Concurrency;
  readonly #rate: Rate;
  #pausedUntilMs = 0;

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
    this.#pausedUntilMs = 0;
    this.#breaker = new Breaker(Math.random);
    this.health.reset();
  }

  get isOpen(): boolean {
    return this.#breaker.isOpen;
  }

  /** How many requests may be in flight now. */
  capacity(nowMs: number): number {
    return this.#pausedUntilMs > nowMs ? 0 : Math.min(this.#concurrency.limit, this.#breaker.allowed(nowMs));
  }

  /** When the next request may begin, as far as time alone decides. */
  get nextAtMs(): number {
    return Math.max(this.#pausedUntilMs, this.#breaker.nextProbeMs ?? 0, this.#rate.nextAtMs);
  }

  began(nowMs: number): void {
    this.#rate.take(nowMs);
  }

  /** @param inFlight requests to the endpoint, this one included. Returns whether it was down and is back. */
  succeeded(nowMs: number, inFlight: number): boolean {
    this.#concurrency.succeeded(inFlight);
    this.health.succeeded(nowMs);
    return this.works(nowMs);
  }

  /** It has answered, although it does not take this message. Returns whether it was down and is back. */
  works(nowMs: number): boolean {
    const recovers = this.#breaker.isOpen;
    this.#breaker.succeeded(nowMs);
    return recovers;
  }

  /** @param connection whether there was no response. Returns whether it is down from now on. */
  failed(nowMs: number, connection: boolean): boolean {
    const before = this.#breaker.isOpen;
    this.#breaker.failed(nowMs, connection);
    this.health.failed(nowMs);
    return !before && this.#breaker.isOpen;
  }

  /** It has too much to do. @param beganMs when the request began that says so */
  overloaded(nowMs: number, beganMs: number): void {
    this.#concurrency.overloaded(nowMs, beganMs);
  }

  /** Nothing begins before that time. */
  pauseUntil(atMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, atMs);
  }
}

function slotsOf({ ordered, concurrency }: Endpoint): number {
  return ordered ? 1 : concurrency;
}
