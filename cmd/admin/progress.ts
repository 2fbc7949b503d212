import process from 'node:process';
import { SingleBar } from 'cli-progress';

const LINE_MS = 5_000;

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
  const bar = new SingleBar({
    format: `[{bar}] {percentage}% | {value} of {total} ${what} | {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: null,
    gracefulExit: false,
    emptyOnZero: true,
  });
  return {
    tell(done, total = expected) {
      if (done === 0) return; // nothing to show yet, and perhaps never
      if (!bar.isActive) bar.start(Math.max(total, done), 0);
      bar.setTotal(Math.max(total, done));
      bar.update(done);
    },
    [Symbol.dispose]: () => bar.stop(),
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
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}
