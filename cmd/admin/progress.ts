import process from 'node:process';
import { onSignals } from '#internal/daemon/signals.ts';
import { bar, duration, LiveLine } from '#internal/terminal/live-line.ts';

const LINE_MS = 5_000;
/** What shells add to the number of a signal for an exit code. */
const SIGNALLED = 128;

interface Progress extends Disposable {
  /** `done` are done; `total` where it is known better by now. */
  tell(done: number, total?: number): void;
}

/**
 * Shows on stderr how far a command is: a bar on a terminal, elsewhere a line now and then. `what` is told after the
 * numbers, such as "rejections discarded". The total may be too low: more may have come since it was counted.
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

/** The first Ctrl-C or SIGTERM ends the work in good order, the second the program. */
export function listenForInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = (_signal: NodeJS.Signals, number: number) => {
    // By a call: a signal that ends the process by itself would leave half a line on the terminal.
    if (controller.signal.aborted) process.exit(SIGNALLED + number);
    controller.abort();
  };
  const taken = onSignals(['SIGINT', 'SIGTERM'], stop);
  return { signal: controller.signal, [Symbol.dispose]: () => taken[Symbol.dispose]() };
}
