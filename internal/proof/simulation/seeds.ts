import process from 'node:process';
import { columnsOf } from '../../terminal/columns.ts';
import { bar, LiveLine } from '../../terminal/live-line.ts';
import { wrappedLines } from '../../terminal/text-width.ts';
import type { Engine, SimulateOptions } from './options.ts';
import type { Run } from './run.ts';
import { simulate } from './simulate.ts';
import { simulateSender } from './sender/simulate.ts';

const PROGRESS_MS = 10_000;

const SIMULATIONS: Readonly<Record<Engine, (seed: number, traceLines?: number) => Promise<Run>>> = {
  processor: simulate,
  sender: simulateSender,
};

/** What the seeds of an engine are counted in, beside processes. */
const COUNTED: Readonly<Record<Engine, string>> = { processor: 'rows', sender: 'requests' };

/** Sums over all seeds. */
interface Totals {
  seeds: number;
  virtualSeconds: number;
  rows: number;
  lives: number;
  kills: number;
}

/**
 * Runs seeds until one violates a rule, then runs that one again to print its trace. Returns the exit code.
 */
export async function simulateMany(
  engine: Engine,
  { seeds, from = Date.now() % 1_000_000_000, lines }: Omit<SimulateOptions, 'seed' | 'of'>,
): Promise<number> {
  print(`${engine}: ${seeds} seeds, starting at ${from}`);
  const totals: Totals = { seeds: 0, virtualSeconds: 0, rows: 0, lives: 0, kills: 0 };
  const startedMs = performance.now();
  using progress = showProgress(seeds);
  for (let seed = from; seed < from + seeds; seed += 1) {
    const run = await SIMULATIONS[engine](seed);
    add(totals, run);
    progress.tell(totals.seeds);
    if (run.violation === undefined) continue;
    progress[Symbol.dispose]();
    return replay(engine, seed, lines, totals.seeds);
  }
  progress[Symbol.dispose]();
  const seconds = (performance.now() - startedMs) / 1000;
  const virtualHours = (totals.virtualSeconds / 3600).toFixed(1);
  print(
    `${seeds} seeds in ${seconds.toFixed(1)} s, no rule was broken: ${virtualHours} hours of virtual time, ` +
      `${totals.lives} ${engine}s (${totals.kills} of them killed), ${totals.rows} ${COUNTED[engine]}`,
  );
  printJson({ ...totals, virtualSeconds: Math.round(totals.virtualSeconds), from });
  return 0;
}

/** Runs one seed and prints the end of its trace. Returns the exit code. */
export async function replay(engine: Engine, seed: number, lines: number, seeds = 1): Promise<number> {
  const { trace, traceHash, violation } = await SIMULATIONS[engine](seed, Math.max(1, lines));
  print(trace.join('\n'));
  if (violation === undefined) print(`${engine}, seed ${seed}: no rule was broken`);
  else {
    const command = `npm run simulate -- --of ${engine} --seed ${seed}`;
    print(`${engine}, seed ${seed}: ${violation}\nto repeat it: ${command}`);
  }
  printJson({ seeds, seed, violation, traceHash });
  return violation === undefined ? 0 : 1;
}

function add(totals: Totals, { virtualSeconds, rows, lives, kills }: Run): void {
  totals.seeds += 1;
  totals.virtualSeconds += virtualSeconds;
  totals.rows += rows;
  totals.lives += lives;
  totals.kills += kills;
}

/** Prints progress on stderr. It uses no timer, because the simulation replaces timers. */
function showProgress(seeds: number): Disposable & { tell(done: number): void } {
  if (process.stderr.isTTY) {
    const line = new LiveLine(process.stderr);
    // Exits by code so that the line is completed; dying from the signal would leave it unfinished.
    process.once('SIGINT', () => process.exit(130));
    return {
      tell: (done) => line.draw([bar(done, seeds), `${done} of ${seeds} seeds`]),
      [Symbol.dispose]: () => line[Symbol.dispose](),
    };
  }
  let toldMs = performance.now();
  return {
    tell(done) {
      const nowMs = performance.now();
      if (nowMs - toldMs < PROGRESS_MS) return;
      toldMs = nowMs;
      process.stderr.write(`${done} of ${seeds} seeds\n`);
    },
    [Symbol.dispose]() {},
  };
}

function print(text: string): void {
  process.stdout.write(`${wrappedLines(text, columnsOf())}\n`);
}

/** Prints the last line, which is for programs and wider than most screens. */
function printJson(value: object): void {
  if (columnsOf() === undefined) process.stdout.write(`${JSON.stringify(value)}\n`);
}
