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
  /** For the trace. */
  readonly words: () => string;
  readonly signal?: AbortSignal;
  /** After so long without an answer the client gives up. */
  readonly patienceMs: number;
  /** What the service does; `isGone` tells whether nobody waits for the answer any more. */
  readonly effect: (isGone: () => boolean) => T | Promise<T>;
  readonly failure: (words: string) => Error;
  /** Just before the caller gets its answer. */
  readonly answered?: (result: T) => void;
  /** Just before the caller gets an error, whatever was done. */
  readonly failed?: (error: unknown) => void;
}

/** A call that takes longer is a slow one. */
export const HURRIED_MS = 20;

interface WireParts {
  readonly clock: VirtualClock;
  readonly weather: Weather;
  readonly trace: Trace;
}

/** What lies between processors and services: it delays, loses, repeats and cuts. */
export class Wire {
  readonly #parts: WireParts;

  constructor(parts: WireParts) {
    this.#parts = parts;
  }

  call<T>(call: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { life, signal } = call;
      if (!life.alive) return; // what a dead processor still does reaches nobody
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
