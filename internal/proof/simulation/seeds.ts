import process from 'node:process';
import type { SimulateOptions } from './options.ts';
import { type Run, simulate } from './simulate.ts';

const PROGRESS_MS = process.stderr.isTTY ? 200 : 10_000;

/** Sums over all seeds that were run. */
interface Totals {
  seeds: number;
  virtualSeconds: number;
  rows: number;
  lives: number;
  kills: number;
}

/** Runs seeds until one violates a rule, and that one again with its last lines. Returns the exit code. */
export async function simulateMany({
  seeds,
  from = Date.now() % 1_000_000_000,
  lines,
}: Omit<SimulateOptions, 'seed'>): Promise<number> {
  print(`${seeds} seeds from ${from} on`);
  const totals: Totals = { seeds: 0, virtualSeconds: 0, rows: 0, lives: 0, kills: 0 };
  const startedMs = performance.now();
  const progress = progressOf(seeds);
  for (let seed = from; seed < from + seeds; seed += 1) {
    const run = await simulate(seed);
    add(totals, run);
    progress(totals.seeds);
    if (run.violation !== undefined) return replay(seed, lines, totals.seeds);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const virtualHours = (totals.virtualSeconds / 3600).toFixed(1);
  print(
    `${seeds} seeds in ${seconds.toFixed(1)} s, nothing found: ${virtualHours} hours of virtual time, ` +
      `${totals.lives} processors of which ${totals.kills} were killed, ${totals.rows} rows`,
  );
  print(JSON.stringify({ ...totals, virtualSeconds: Math.round(totals.virtualSeconds), from }));
  return 0;
}

/** Runs one seed and prints what happened last in it. Returns the exit code. */
export async function replay(seed: number, lines: number, seeds = 1): Promise<number> {
  const { trace, traceHash, violation } = await simulate(seed, Math.max(1, lines));
  print(trace.join('\n'));
  if (violation === undefined) print(`seed ${seed}: nothing found`);
  else print(`seed ${seed}: ${violation}\nonce more: npm run simulate -- --seed ${seed}`);
  print(JSON.stringify({ seeds, seed, violation, traceHash }));
  return violation === undefined ? 0 : 1;
}

function add(totals: Totals, { virtualSeconds, rows, lives, kills }: Run): void {
  totals.seeds += 1;
  totals.virtualSeconds += virtualSeconds;
  totals.rows += rows;
  totals.lives += lives;
  totals.kills += kills;
}

/** Prints on stderr how far it is. No progress bar: its timers would be taken for the pipeline's. */
function progressOf(seeds: number): (done: number) => void {
  const { isTTY } = process.stderr;
  let toldMs = performance.now();
  return (done) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_MS && !(isTTY && done === seeds)) return;
    toldMs = nowMs;
    const line = `${done} of ${seeds} seeds`;
    process.stderr.write(isTTY ? `\r${line}${done === seeds ? '\n' : ''}` : `${line}\n`);
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
