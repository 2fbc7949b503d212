import { AsyncLocalStorage } from 'node:async_hooks';
import { Agenda, type Entry } from './agenda.ts';

/** Owner of the code that set a timer. Timers of a dead owner never fire. */
export interface Owner {
  readonly alive: boolean;
  /** It is stopped until then, by SIGSTOP say: its timers fire afterwards. */
  readonly thawsAtMs?: number;
  /** How far its wall clock is ahead; its monotonic clock is always right. */
  readonly wallErrorMs?: number;
}

export const EPOCH_MS = Date.UTC(2026, 0, 1);
/** For longer delays, Node fires after one millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The return value of setTimeout and setInterval for code under simulation. */
class VirtualTimer {
  entry: Entry | undefined;
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

/**
 * Virtual time. Replaces everything that could make two runs differ: timers, clocks and Math.random. Time
 * advances only when `step` is called.
 */
export class VirtualClock {
  nowMs = 0;
  readonly #agenda = new Agenda();
  readonly #owner = new AsyncLocalStorage<Owner>();
  /** One context per owner: creating one for every call took a third of the time. */
  readonly #contexts = new WeakMap<Owner, (action: () => void) => void>();

  /** Runs the action after this many milliseconds, without an owner. */
  after(milliseconds: number, action: () => void): Entry {
    return this.#agenda.add(this.nowMs + Math.max(0, milliseconds), action);
  }

  /** Runs the action, and everything that follows from it, in the name of an owner. */
  runAs(owner: Owner, action: () => void): void {
    let run = this.#contexts.get(owner);
    if (run === undefined) {
      run = this.#owner.run(owner, () => AsyncLocalStorage.snapshot());
      this.#contexts.set(owner, run);
    }
    run(action);
  }

  /**
   * Runs the next action and then every pending promise callback. What Node defers to its next turn runs
   * after the next action. Returns false when no action is left.
   */
  async step(): Promise<boolean> {
    const next = this.#agenda.take();
    if (next === undefined) return false;
    this.nowMs = next.atMs;
    next.action();
    await this.settled();
    return true;
  }

  /** Resolves when no promise callback is pending: Node empties that queue before it runs an immediate. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      realImmediate(resolve);
    });
  }

  /** Replaces the real clocks until disposed of. */
  install(random: () => number, { immediates = false } = {}): Disposable {
    const real = globalsNow();
    const setTimer = (handler: () => void, milliseconds = 0) => this.#setTimer(handler, milliseconds, false);
    const setRepeating = (handler: () => void, milliseconds = 0) =>
      this.#setTimer(handler, milliseconds, true);
    const clear = (timer?: VirtualTimer) => {
      if (timer?.entry !== undefined) timer.entry.cancelled = true;
    };
    const now = () => EPOCH_MS + Math.floor(this.nowMs + (this.#owner.getStore()?.wallErrorMs ?? 0));
    class VirtualDate extends Date {
      constructor(...values: [] | [number | string | Date]) {
        super(values[0] ?? now());
      }
      static override now = now;
    }
    Object.assign(globalThis, {
      setTimeout: setTimer,
      setInterval: setRepeating,
      clearTimeout: clear,
      clearInterval: clear,
      Date: VirtualDate,
    });
    if (immediates)
      Object.assign(globalThis, {
        setImmediate: (handler: () => void) => this.#setTimer(handler, 0, false, 0),
      });
    performance.now = () => this.nowMs;
    Math.random = random;
    AbortSignal.timeout = (milliseconds) => {
      const controller = new AbortController();
      setTimer(() => controller.abort(new DOMException('timed out', 'TimeoutError')), milliseconds);
      return controller.signal;
    };
    return { [Symbol.dispose]: () => restore(real) };
  }

  #setTimer(handler: () => void, milliseconds: number, repeats: boolean, leastMs = 1): VirtualTimer {
    const owner = this.#owner.getStore();
    const delayMs =
      milliseconds >= 1 && milliseconds <= LONGEST_TIMER_MS ? Math.trunc(milliseconds) : leastMs;
    const timer = new VirtualTimer();
    const fire = () => {
      if (owner !== undefined && !owner.alive) return;
      const frozenMs = (owner?.thawsAtMs ?? 0) - this.nowMs;
      if (frozenMs > 0) {
        timer.entry = this.after(frozenMs, fire);
        return;
      }
      if (repeats) timer.entry = this.after(delayMs, fire);
      if (owner === undefined) handler();
      else this.runAs(owner, handler);
    };
    timer.entry = this.after(delayMs, fire);
    return timer;
  }
}

const realImmediate = setImmediate;

function globalsNow() {
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, Date } = globalThis;
  const { random } = Math;
  const timeout = Object.getOwnPropertyDescriptor(AbortSignal, 'timeout') as PropertyDescriptor;
  const functions = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, Date };
  return { functions, random, timeout };
}

function restore({ functions, random, timeout }: ReturnType<typeof globalsNow>): void {
  Object.assign(globalThis, functions);
  Math.random = random;
  Object.defineProperty(AbortSignal, 'timeout', timeout);
  // `install` set an own property; the real one is inherited from the prototype.
  Reflect.deleteProperty(performance, 'now');
}
