import { AsyncLocalStorage } from 'node:async_hooks';
import { Agenda, type Entry } from './agenda.ts';

/** Whose code set a timer. The timers of one that is dead never fire. */
export interface Owner {
  readonly alive: boolean;
}

const EPOCH_MS = Date.UTC(2026, 0, 1);
/** Past it, Node fires after a millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What code under simulation gets from setTimeout and setInterval. */
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
 * Virtual time, and with it all that could make two runs differ: timers, clocks and Math.random. Nothing passes by
 * itself: `step` goes to the next thing that is due.
 */
export class VirtualClock {
  nowMs = 0;
  readonly #agenda = new Agenda();
  readonly #owner = new AsyncLocalStorage<Owner>();
  /** One for each owner: to make a context anew for every answer took a third of the time. */
  readonly #contexts = new WeakMap<Owner, (action: () => void) => void>();

  /** Does it after so many milliseconds, in nobody's name. */
  after(milliseconds: number, action: () => void): Entry {
    return this.#agenda.add(this.nowMs + Math.max(0, milliseconds), action);
  }

  /** Runs it, and all that follows from it, in the name of an owner. */
  runAs(owner: Owner, action: () => void): void {
    let run = this.#contexts.get(owner);
    if (run === undefined) {
      run = this.#owner.run(owner, () => AsyncLocalStorage.snapshot());
      this.#contexts.set(owner, run);
    }
    run(action);
  }

  /**
   * Does the next thing and lets everything follow from it that needs no time; what was put off to Node's next turn comes
   * after the next thing. False when nothing is left to do. */
  async step(): Promise<boolean> {
    const next = this.#agenda.take();
    if (next === undefined) return false;
    this.nowMs = next.atMs;
    next.action();
    await this.settled();
    return true;
  }

  /** Resolves when no promise is left to be followed up: Node empties that queue before an immediate. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      realImmediate(resolve);
    });
  }

  /** Takes the place of the real clocks until disposed of. */
  install(random: () => number): Disposable {
    const real = globalsNow();
    const setTimer = (handler: () => void, milliseconds = 0) => this.#setTimer(handler, milliseconds, false);
    const setRepeating = (handler: () => void, milliseconds = 0) =>
      this.#setTimer(handler, milliseconds, true);
    const clear = (timer?: VirtualTimer) => {
      if (timer?.entry !== undefined) timer.entry.cancelled = true;
    };
    const now = () => EPOCH_MS + Math.floor(this.nowMs);
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
    performance.now = () => this.nowMs;
    Math.random = random;
    AbortSignal.timeout = (milliseconds) => {
      const controller = new AbortController();
      setTimer(() => controller.abort(new DOMException('timed out', 'TimeoutError')), milliseconds);
      return controller.signal;
    };
    return { [Symbol.dispose]: () => restore(real) };
  }

  #setTimer(handler: () => void, milliseconds: number, repeats: boolean): VirtualTimer {
    const owner = this.#owner.getStore();
    const delayMs = milliseconds >= 1 && milliseconds <= LONGEST_TIMER_MS ? Math.trunc(milliseconds) : 1;
    const timer = new VirtualTimer();
    const fire = () => {
      if (owner !== undefined && !owner.alive) return;
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
  const { setTimeout, setInterval, clearTimeout, clearInterval, Date } = globalThis;
  const { random } = Math;
  const timeout = Object.getOwnPropertyDescriptor(AbortSignal, 'timeout') as PropertyDescriptor;
  return { functions: { setTimeout, setInterval, clearTimeout, clearInterval, Date }, random, timeout };
}

function restore({ functions, random, timeout }: ReturnType<typeof globalsNow>): void {
  Object.assign(globalThis, functions);
  Math.random = random;
  Object.defineProperty(AbortSignal, 'timeout', timeout);
  // What `install` set is a property of the object itself; the real one is its prototype's.
  Reflect.deleteProperty(performance, 'now');
}
