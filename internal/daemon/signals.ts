import process from 'node:process';

/** Time between the soft deadline and the hard one, to give back unfinished work. */
const RELEASE_SECONDS = 4;

export interface Shutdown {
  /** Aborts at the first SIGTERM, SIGINT or SIGHUP: take no new work, finish what is held. */
  readonly drain: AbortSignal;
  /** Aborts at the second signal, or when the deadline is near: give back unfinished work. */
  readonly stop: AbortSignal;
  /** Cancels the deadline. Later signals are ignored, so the exit code stands. */
  [Symbol.dispose](): void;
}

/** A shutdown that is controlled by calls. */
interface ShutdownLevels extends Shutdown {
  /** Starts the first level, with a deadline for the whole shutdown; does nothing if it has started. */
  begin(timeoutSeconds: number, message: string): void;
  /** Starts the second level; does nothing if it has started. */
  hasten(message: string): void;
}

/**
 * Shutdown in two levels. At the deadline the process ends at once with exit code 1: a program must hold nothing that
 * would be lost by that.
 */
export function shutdownInTwoLevels(tell: (message: string) => void): ShutdownLevels {
  const drain = new AbortController();
  const stop = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const hasten = (message: string) => {
    if (stop.signal.aborted) return;
    tell(message);
    stop.abort();
  };
  return {
    drain: drain.signal,
    stop: stop.signal,
    begin(timeoutSeconds, message) {
      if (drain.signal.aborted) return;
      tell(message);
      const softSeconds = Math.max(1, timeoutSeconds - RELEASE_SECONDS);
      timers.push(
        setTimeout(
          () => hasten('the deadline is near: stopping what is not finished'),
          softSeconds * 1000,
        ).unref(),
        setTimeout(() => process.exit(1), timeoutSeconds * 1000).unref(),
      );
      drain.abort();
    },
    hasten,
    [Symbol.dispose]() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** SIGHUP means that the terminal was closed. The log has no reader then, but the work is still finished. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Two SIGINT within this time are one press of Ctrl-C. */
const ONE_PRESS_MS = 500;

/**
 * Calls `take` for each signal. A terminal sends Ctrl-C to every process in it, and npm forwards it to its program: pressed
 * once, it arrives twice. So a SIGINT right after another one is ignored.
 */
export function onSignals(
  signals: readonly NodeJS.Signals[],
  take: (signal: NodeJS.Signals, number: number) => void,
): Disposable {
  let interruptedMs = Number.NEGATIVE_INFINITY;
  const onSignal = (signal: NodeJS.Signals, number: number) => {
    const nowMs = performance.now();
    const again = signal === 'SIGINT' && nowMs - interruptedMs < ONE_PRESS_MS;
    if (signal === 'SIGINT' && !again) interruptedMs = nowMs;
    if (!again) take(signal, number);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** Shutdown by signals: the first drains, the second stops, a third ends the process at once with exit code 1. */
export function listenForShutdown(timeoutSeconds: number, tell: (message: string) => void): Shutdown {
  const levels = shutdownInTwoLevels(tell);
  const onSignal = (signal: NodeJS.Signals) => {
    if (levels.stop.aborted) process.exit(1);
    if (levels.drain.aborted) return levels.hasten(`${signal} again: stopping what is not finished`);
    levels.begin(timeoutSeconds, `${signal}: draining; once more to stop now`);
  };
  const taken = onSignals(SIGNALS, onSignal);
  return {
    drain: levels.drain,
    stop: levels.stop,
    [Symbol.dispose]() {
      // Without a handler, the signal would kill the process, which a supervisor would take for a crash.
      for (const signal of SIGNALS) process.on(signal, ignore);
      taken[Symbol.dispose]();
      levels[Symbol.dispose]();
    },
  };
}

function ignore(): void {
  // The process is about to exit with its own code.
}
