import process from 'node:process';
import { bar, duration, LiveLine } from '../../terminal/live-line.ts';

/** Shows the steps of a measurement on stderr. */
export interface Steps extends Disposable {
  /** Begins the next step. */
  next(what: string): void;
  /** Reports progress within the step. */
  say(what: string): void;
}

/** Shows a bar on a terminal, otherwise one line per step. */
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
  const line = new LiveLine(process.stderr);
  const startedMs = performance.now();
  let step = 0;
  let doing = 'starting';
  const draw = (done: number) => {
    const passed = duration((performance.now() - startedMs) / 1000);
    line.draw([bar(done, total), `${done}/${total}`, passed, doing]);
  };
  draw(0);
  return {
    next(what) {
      doing = what;
      draw(step);
      step += 1;
    },
    say(what) {
      doing = what;
      draw(step - 1);
    },
    [Symbol.dispose]() {
      if (step === total) doing = 'done';
      draw(step);
      line[Symbol.dispose]();
    },
  };
}
