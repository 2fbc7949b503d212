import type { Random } from '../../load/random.ts';
import type { Fault, Scenario, Service } from './scenario.ts';

/** What happens to one call. */
export interface Fate {
  readonly fault: Fault | null;
  /** Time until the request arrives. */
  readonly requestMs: number;
  /** Time from the end of the call until the response arrives. */
  readonly answerMs: number;
  /** The request is executed even if its caller dies or gives up meanwhile. */
  readonly outlivesCaller: boolean;
}

/**
 * The state of the services at each moment: faults, outages and slowness. The quiet period has none of them.
 */
export class Weather {
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #now: () => number;

  constructor(scenario: Scenario, random: Random, now: () => number) {
    this.#scenario = scenario;
    this.#random = random;
    this.#now = now;
  }

  get quiet(): boolean {
    return this.#now() >= this.#scenario.quietFromMs;
  }

  /** Returns true with that probability, but never in the quiet period. */
  strikes(probability: number): boolean {
    return this.#random.chance(probability) && !this.quiet;
  }

  /** Whether another session holds the lock of a row with one of these names. */
  locks(names: readonly string[]): boolean {
    return this.#scenario.locks.some(
      ({ name, fromMs, untilMs }) => names.includes(name) && this.#now() >= fromMs && this.#now() < untilMs,
    );
  }

  fateOf(service: Service): Fate {
    const climate = this.#scenario.climates[service];
    const away = climate.outages.some(
      ({ fromMs, untilMs }) => this.#now() >= fromMs && this.#now() < untilMs,
    );
    const fault = this.strikes(climate.faultRate) ? this.#random.pick(climate.faults) : null;
    return {
      fault: away ? this.#random.pick(['refused', 'refused', 'refused', 'hangs']) : fault,
      requestMs: this.delayMs(service),
      answerMs: this.delayMs(service),
      outlivesCaller: this.#random.chance(0.5) && !away,
    };
  }

  delayMs(service: Service): number {
    const { slowRate, slowMs } = this.#scenario.climates[service];
    return this.strikes(slowRate) ? this.#random.between(20, slowMs) : this.#random.between(0.2, 8);
  }
}
