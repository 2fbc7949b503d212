import process from 'node:process';
import { InvalidArgumentError } from 'commander';
import { ConfigError } from '../config/config.ts';
import { CommandLine } from '../config/command-line.ts';
import { type Run, simulate } from './simulate.ts';

const TRACE_LINES = 100;
const PROGRESS_MS = process.stderr.isTTY ? 200 : 10_000;

interface Options {
  readonly seeds: number;
  readonly from?: number;
  readonly seed?: number;
  readonly lines: number;
}

/** Of all the seeds that were run. */
interface Totals {
  seeds: number;
  virtualSeconds: number;
  rows: number;
  lives: number;
  kills: number;
}

const commandLine = new CommandLine('simulate')
  .description(
    'Runs the pipeline on simulated services, one seed after the other, until one of them breaks a rule.',
  )
  .addHelpText('after', '\nExit codes: 0 nothing found, 1 a rule was broken, 2 wrong command line.')
  .option('--seeds <count>', 'how many', wholeNumber, 1_000)
  .option('--from <seed>', 'the first of them; a fresh one unless told', wholeNumber)
  .option('--seed <seed>', 'run that seed alone, and print what happened in it', wholeNumber)
  .option('--lines <count>', 'how many of the last lines to print of what happened', wholeNumber, TRACE_LINES)
  .parse();
const [mistakes, options] = [commandLine.mistakes(), commandLine.opts<Options>()];

if (mistakes.length > 0) {
  process.stderr.write(`simulate: ${new ConfigError([], mistakes).message}\n`);
  process.exitCode = 2;
} else process.exitCode = options.seed === undefined ? await simulateMany() : await replay(options.seed);

/** Runs seeds until one violates a rule; that one then once more, with its last lines. Answers the exit code. */
async function simulateMany(): Promise<number> {
  const { seeds, from = Date.now() % 1_000_000_000 } = options;
  print(`${seeds} seeds from ${from} on`);
  const totals: Totals = { seeds: 0, virtualSeconds: 0, rows: 0, lives: 0, kills: 0 };
  const startedMs = performance.now();
  const progress = progressOf(seeds);
  for (let seed = from; seed < from + seeds; seed += 1) {
    const run = await simulate(seed);
    add(totals, run);
    progress(totals.seeds);
    if (run.violation !== undefined) return replay(seed, totals.seeds);
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

async function replay(seed: number, seeds = 1): Promise<number> {
  const { trace, traceHash, violation } = await simulate(seed, Math.max(1, options.lines));
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

/** Tells on stderr how far it is. A progress bar would not do: its timers would be taken for the pipeline's. */
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

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError('a whole number of at most nine digits is wanted');
  return Number(text);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
