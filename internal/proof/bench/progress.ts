import process from 'node:process';
import { SingleBar } from 'cli-progress';

/** The steps of a measurement, shown on stderr while it runs. */
export interface Steps extends Disposable {
  /** Begins the next step. */
  next(what: string): void;
  /** Says how far it is. */
  say(what: string): void;
}

/** A bar on a terminal, else a line for each step. */
export function showSteps(total: number): Steps {
  if (!process.stderr.isTTY) {
    let step = 0;
    return {
      next(what) {
        step += 1;
        process.stderr.write(`${step}/${total} ${what}\n`);
      },
      say() {},
      [Symbol.dispose]() {},
    };
  }
  const bar = new SingleBar({
    format: '[{bar}] {value}/{total} | {duration_formatted} | {what}',
    stream: process.stderr,
    hideCursor: null,
    gracefulExit: false,
  });
  bar.start(total, 0, { what: 'starting' });
  let step = 0;
  return {
    next(what) {
      bar.update(step, { what });
      step += 1;
    },
    say(what) {
      bar.update({ what });
    },
    [Symbol.dispose]() {
      bar.update(step, { what: 'done' });
      bar.stop();
    },
  };
}
