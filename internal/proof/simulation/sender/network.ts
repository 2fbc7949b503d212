import type { Random } from '../../../load/random.ts';
import { type DeliveryStore, DeliveryStoreError } from '../../../sender/ports.ts';
import type { Entry } from '../agenda.ts';
import type { VirtualClock } from '../clock.ts';
import type { Trace } from '../trace.ts';
import type { Life } from './life.ts';
import type { Fault, Scenario, Span } from './scenario.ts';

/** A call that takes longer troubles its process. */
const SLOW_MS = 100;

interface Call<T> {
  readonly life: Life;
  readonly method: keyof DeliveryStore;
  readonly effect: () => Promise<T>;
  /** Called just before the process gets the result. */
  readonly answered?: (result: T) => void;
}

interface NetworkParts {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly trace: Trace;
}

/** The way from the processes to the store: calls and answers are delayed and lost. */
export class Network {
  readonly #parts: NetworkParts;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  get quiet(): boolean {
    return this.#parts.clock.nowMs >= this.#parts.scenario.quietFromMs;
  }

  note(words: () => string): void {
    this.#parts.trace.note(words);
  }

  call<T>(call: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (call.life.alive) new Exchange(this.#parts, call, this.#fate(call), resolve, reject).begin();
    });
  }

  #fate({ life, method }: Pick<Call<unknown>, 'life' | 'method'>): Fate {
    const { clock, random, scenario } = this.#parts;
    const isNow = ({ fromMs, untilMs }: Span) => clock.nowMs >= fromMs && clock.nowMs < untilMs;
    const away = scenario.outages.some(isNow) || (method === 'hold' && scenario.leaseOutages.some(isNow));
    const strikes = random.chance(scenario.faultRate) && !this.quiet;
    const fault = strikes ? random.pick(scenario.faults) : undefined;
    const isCut = life.partitionedUntilMs > clock.nowMs;
    return {
      fault: isCut ? 'cut' : away ? random.pick(['refused', 'refused', 'cut']) : fault,
      requestMs: this.#delayMs(),
      answerMs: this.#delayMs(),
      // What a dead process has sent may still arrive.
      outlives: random.chance(0.5),
    };
  }

  #delayMs(): number {
    const { random, scenario } = this.#parts;
    const slow = random.chance(scenario.slowRate) && !this.quiet;
    return slow ? random.between(20, scenario.slowMs) : random.between(0.2, 5);
  }
}

interface Fate {
  /** `cut`: nothing arrives, and no answer comes. */
  readonly fault: Fault | 'cut' | undefined;
  readonly requestMs: number;
  readonly answerMs: number;
  readonly outlives: boolean;
}

class Exchange<T> {
  readonly #parts: NetworkParts;
  readonly #call: Call<T>;
  readonly #fate: Fate;
  readonly #resolve: (result: T) => void;
  readonly #reject: (error: unknown) => void;
  #patience: Entry | undefined;
  #isSettled = false;

  constructor(
    parts: NetworkParts,
    call: Call<T>,
    fate: Fate,
    resolve: (result: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#parts = parts;
    this.#call = call;
    this.#fate = fate;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    const { clock, scenario } = this.#parts;
    const { fault, requestMs, answerMs } = this.#fate;
    if (fault !== undefined || requestMs + answerMs > SLOW_MS)
      this.#call.life.troubledAtMs = clock.nowMs + scenario.patienceMs;
    if (fault !== undefined) this.#note(fault);
    if (fault !== 'cut') clock.after(requestMs, () => this.#arrive());
    this.#patience = clock.after(scenario.patienceMs, () => this.#fail('timed out'));
  }

  #arrive(): void {
    const { life } = this.#call;
    const { fault, answerMs, outlives } = this.#fate;
    const { clock } = this.#parts;
    // A living process that has given up closed its connection; the statement timeout ends what PostgreSQL has of it.
    if (life.alive ? this.#isSettled : !outlives) return;
    if (fault === 'refused') clock.after(answerMs, () => this.#fail('refused'));
    else if (fault === 'crash_before') life.crash(`before ${this.#call.method}`);
    else if (fault !== 'hangs' || outlives) void this.#carryOut();
  }

  async #carryOut(): Promise<void> {
    const { life, method, effect } = this.#call;
    const { fault, answerMs } = this.#fate;
    const { clock } = this.#parts;
    const result = await effect();
    if (fault === 'crash_after') life.crash(`after ${method}`);
    if (fault === 'hangs') return;
    clock.after(answerMs, () => {
      if (fault === 'answer_lost') this.#fail('answer lost');
      else this.#settle(() => this.#answer(result));
    });
  }

  #answer(result: T): void {
    this.#call.answered?.(result);
    this.#resolve(result);
  }

  #fail(how: string): void {
    this.#settle(() => {
      this.#note(how);
      this.#reject(new DeliveryStoreError(how));
    });
  }

  #settle(tell: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (this.#patience !== undefined) this.#patience.cancelled = true;
    this.#call.life.tell(tell);
  }

  #note(how: string): void {
    this.#parts.trace.note(() => `${this.#call.life.name} ${this.#call.method}: ${how}`);
  }
}
