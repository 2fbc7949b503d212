import process from 'node:process';
import { onSignals } from '#internal/daemon/signals.ts';
import { bar, duration, LiveLine } from '#internal/terminal/live-line.ts';

const LINE_MS = 5_000;
/** Shells report a signal as this exit code plus the number of the signal. */
const SIGNALLED = 128;

interface Progress extends Disposable {
  /** @param total a better estimate than the first, if there is one by now */
  tell(done: number, total?: number): void;
}

/**
 * Shows the progress of a command on stderr: a bar on a terminal, else a line every few seconds. `what` follows the
 * numbers, such as "rejections discarded". The total may be too low: more may have arrived since it was counted.
 */
export function showProgress(what: string, total: number): Progress {
  return process.stderr.isTTY ? showBar(what, total) : showLines(what, total);
}

function showBar(what: string, expected: number): Progress {
  const line = new LiveLine(process.stderr);
  const startedMs = performance.now();
  return {
    tell(done, total = expected) {
      if (done === 0) return; // nothing to show yet, and perhaps never
      const all = Math.max(total, done);
      const left = ((performance.now() - startedMs) / 1000) * ((all - done) / done);
      line.draw([bar(done, all), `${done}/${all} ${what}`, `${duration(left)} left`]);
    },
    [Symbol.dispose]: () => line[Symbol.dispose](),
  };
}

function showLines(what: string, expected: number): Progress {
  let toldMs = performance.now();
  return {
    tell(done, total = expected) {
      if (performance.now() - toldMs < LINE_MS) return;
      toldMs = performance.now();
      process.stderr.write(`${done} of about ${Math.max(total, done)} ${what}\n`);
    },
    [Symbol.dispose]() {},
  };
}

/** The first Ctrl-C or SIGTERM aborts the signal, so that the work ends in order; the second ends the process. */
export function listenForInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = (_signal: NodeJS.Signals, number: number) => {
    // process.exit runs exit handlers, which finish the line on the terminal; the signal's default action would not.
    if (controller.signal.aborted) process.exit(SIGNALLED + number);
    controller.abort();
  };
  const taken = onSignals(['SIGINT', 'SIGTERM'], stop);
  return { signal: controller.signal, [Symbol.dispose]: () => taken[Symbol.dispose]() };
}
