import process from 'node:process';

/** Between the soft deadline and the hard one: time to give back what is not finished. */
const RELEASE_SECONDS = 4;

export interface Shutdown {
  /** First SIGTERM, SIGINT or SIGHUP: take no more, finish what is here. */
  readonly drain: AbortSignal;
  /** Second signal, or the deadline is near: give back what is not finished. */
  readonly stop: AbortSignal;
  /** Cancels the deadline. Later signals are ignored, so the exit code stands. */
  [Symbol.dispose](): void;
}

/** A shutdown that is driven by calls. */
interface ShutdownLevels extends Shutdown {
  /** To the first level, with a deadline for all of it; does nothing when it is there already. */
  begin(timeoutSeconds: number, message: string): void;
  /** To the second level. */
  hasten(message: string): void;
}

/**
 * Shutdown in two levels. The deadline itself ends the process at once with exit code 1: a program must hold nothing that
 * its end would lose.
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

/** SIGHUP: the terminal was closed. Nobody reads the log then, but the work is still brought to its end. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Two presses of Ctrl-C by a hand are further apart. */
const ONE_PRESS_MS = 500;

/**
 * Takes signals by turns. A terminal tells Ctrl-C to every process in it, and npm passes it on to the program that it runs:
 * it comes twice, and was pressed once. So a SIGINT that follows at once on another is not taken.
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
      // Without a handler the signal would end the process by itself, and a supervisor would take it for a crash.
      for (const signal of SIGNALS) process.on(signal, ignore);
      taken[Symbol.dispose]();
      levels[Symbol.dispose]();
    },
  };
}

function ignore(): void {
  // The process is about to exit with its own code.
}
