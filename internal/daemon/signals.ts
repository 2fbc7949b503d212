import process from 'node:process';

/** A moment between the soft deadline and the hard one, for giving back what is not stored. */
const RELEASE_SECONDS = 4;

export interface Shutdown {
  /** First SIGTERM or SIGINT: take no more, finish what is here. */
  readonly drain: AbortSignal;
  /** Second signal, or the deadline is near: give back what is not finished. */
  readonly stop: AbortSignal;
  /** Takes the handlers off and the deadline back. */
  [Symbol.dispose](): void;
}

/**
 * Shutdown in two levels. A third signal, or the deadline itself, ends the process at once with exit code 1;
 * nothing is lost by it, what was not deleted from the queue is delivered again.
 */
export function listenForShutdown(timeoutSeconds: number, tell: (message: string) => void): Shutdown {
  const drain = new AbortController();
  const stop = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const stopSoon = (seconds: number, message: string) => {
    timers.push(
      setTimeout(() => {
        tell(message);
        stop.abort();
      }, seconds * 1000).unref(),
    );
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(1);
    if (drain.signal.aborted) {
      tell(`${signal} again: giving back what is not stored yet`);
      return stop.abort();
    }
    tell(`${signal}: draining; once more to stop now`);
    stopSoon(
      Math.max(1, timeoutSeconds - RELEASE_SECONDS),
      'the deadline is near: giving back what is not stored yet',
    );
    timers.push(setTimeout(() => process.exit(1), timeoutSeconds * 1000).unref());
    drain.abort();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return {
    drain: drain.signal,
    stop: stop.signal,
    [Symbol.dispose]() {
      process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
