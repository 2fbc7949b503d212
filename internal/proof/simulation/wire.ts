import type { Entry } from './agenda.ts';
import type { VirtualClock } from './clock.ts';
import type { Life } from './life.ts';
import type { Service } from './scenario.ts';
import type { Trace } from './trace.ts';
import type { Fate, Weather } from './weather.ts';

/** One call of a processor to a service. */
export interface Call<T> {
  readonly life: Life;
  readonly service: Service;
  /** Describes the call for the trace. */
  readonly words: () => string;
  readonly signal?: AbortSignal;
  /** The client gives up after this long without a response. */
  readonly patienceMs: number;
  /** What the service does. `isGone` returns true once no caller is waiting for the response. */
  readonly effect: (isGone: () => boolean) => T | Promise<T>;
  readonly failure: (words: string) => Error;
  /** Called just before the caller gets the response. */
  readonly answered?: (result: T) => void;
  /** Called just before the caller gets an error, whether or not the call was executed. */
  readonly failed?: (error: unknown) => void;
}

/** Calls that take longer count as slow. */
export const HURRIED_MS = 20;

interface WireParts {
  readonly clock: VirtualClock;
  readonly weather: Weather;
  readonly trace: Trace;
}

/** The network between processors and services: it delays and loses requests and responses. */
export class Wire {
  readonly #parts: WireParts;

  constructor(parts: WireParts) {
    this.#parts = parts;
  }

  call<T>(call: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { life, signal } = call;
      if (!life.alive) return; // a dead processor has no effect any more
      if (signal?.aborted === true) {
        call.failed?.(signal.reason);
        return reject(signal.reason as Error);
      }
      const fate = this.#parts.weather.fateOf(call.service);
      if (fate.fault !== null) life.witness.undisturbed = false;
      if (fate.requestMs + fate.answerMs > HURRIED_MS) life.witness.unhurried = false;
      new Exchange(this.#parts, call, fate, resolve, reject).begin();
    });
  }
}

class Exchange<T> {
  readonly #parts: WireParts;
  readonly #call: Call<T>;
  readonly #fate: Fate;
  readonly #resolve: (result: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onAbort = () => this.#fail('aborted', this.#call.signal?.reason);
  #patience: Entry | undefined;
  #settled = false;

  constructor(
    parts: WireParts,
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
    const { clock } = this.#parts;
    const { signal, patienceMs } = this.#call;
    this.#note('called');
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    const lateMs = this.#fate.fault === 'late' ? patienceMs : 0;
    clock.after(lateMs + this.#fate.requestMs, () => this.#arrive());
    this.#patience = clock.after(patienceMs, () => this.#fail('no answer', this.#call.failure('timed out')));
  }

  #arrive(): void {
    const { fault, answerMs, outlivesCaller } = this.#fate;
    const { clock } = this.#parts;
    if (this.#isGone() && !outlivesCaller) return;
    if (fault === 'refused') {
      clock.after(answerMs, () => this.#fail('refused', this.#call.failure('refused')));
      return;
    }
    if (fault === 'hangs' && !outlivesCaller) return;
    if (fault === 'crash_before') return this.#call.life.crash('before a call was carried out');
    void this.#carryOut();
  }

  async #carryOut(): Promise<void> {
    const { fault, answerMs, outlivesCaller } = this.#fate;
    const { clock } = this.#parts;
    try {
      const result = await this.#call.effect(() => this.#isGone() && !outlivesCaller);
      if (fault === 'crash_after') this.#call.life.crash('after a call was carried out');
      if (fault === 'hangs') return;
      clock.after(answerMs, () => {
        if (fault === 'answer_lost') this.#fail('answer lost', this.#call.failure('connection reset'));
        else this.#answer(result);
      });
    } catch (error) {
      clock.after(answerMs, () => this.#fail('failed', error));
    }
  }

  #isGone(): boolean {
    return this.#settled || !this.#call.life.alive;
  }

  #answer(result: T): void {
    this.#settle('answered', () => {
      this.#call.answered?.(result);
      this.#resolve(result);
    });
  }

  #fail(how: string, error: unknown): void {
    this.#settle(how, () => {
      this.#call.failed?.(error);
      this.#reject(error);
    });
  }

  #settle(how: string, tell: () => void): void {
    if (this.#isGone()) return;
    this.#settled = true;
    if (this.#patience !== undefined) this.#patience.cancelled = true;
    this.#call.signal?.removeEventListener('abort', this.#onAbort);
    this.#note(how);
    this.#parts.clock.runAs(this.#call.life, tell);
  }

  #note(how: string): void {
    this.#parts.trace.note(() => `${this.#call.life.name} ${this.#call.words()}: ${how}`);
  }
}
