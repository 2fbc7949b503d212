import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';
import { columnsOf } from '#internal/terminal/columns.ts';
import { bar, LiveLine } from '#internal/terminal/live-line.ts';
import { wrappedLines } from '#internal/terminal/text-width.ts';
import { type Run, simulate } from '#internal/proof/simulation/simulate.ts';

const TRACE_LINES = 100;
const PROGRESS_MS = 10_000;

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

const options = new Command('simulate')
  .description(
    'Runs the pipeline on simulated services, one seed after the other, until one of them breaks a rule.',
  )
  .addHelpText('after', '\nExit codes: 0 nothing found, 1 a rule was broken, 2 wrong command line.')
  .allowExcessArguments(false)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .option('--seeds <count>', 'how many', wholeNumber, 1_000)
  .option('--from <seed>', 'the first of them; a fresh one unless told', wholeNumber)
  .option('--seed <seed>', 'run that seed alone, and print what happened in it', wholeNumber)
  .option('--lines <count>', 'how many of the last lines to print of what happened', wholeNumber, TRACE_LINES)
  .parse()
  .opts<Options>();

process.exitCode = options.seed === undefined ? await simulateMany() : await replay(options.seed);

/** Runs seeds until one violates a rule; that one then once more, with its last lines. Answers the exit code. */
async function simulateMany(): Promise<number> {
  const { seeds, from = Date.now() % 1_000_000_000 } = options;
  print(`${seeds} seeds from ${from} on`);
  const totals: Totals = { seeds: 0, virtualSeconds: 0, rows: 0, lives: 0, kills: 0 };
  const startedMs = performance.now();
  using progress = showProgress(seeds);
  for (let seed = from; seed < from + seeds; seed += 1) {
    const run = await simulate(seed);
    add(totals, run);
    progress.tell(totals.seeds);
    if (run.violation === undefined) continue;
    progress[Symbol.dispose]();
    return replay(seed, totals.seeds);
  }
  progress[Symbol.dispose]();
  const seconds = (performance.now() - startedMs) / 1000;
  const virtualHours = (totals.virtualSeconds / 3600).toFixed(1);
  print(
    `${seeds} seeds in ${seconds.toFixed(1)} s, nothing found: ${virtualHours} hours of virtual time, ` +
      `${totals.lives} processors of which ${totals.kills} were killed, ${totals.rows} rows`,
  );
  printJson({ ...totals, virtualSeconds: Math.round(totals.virtualSeconds), from });
  return 0;
}

async function replay(seed: number, seeds = 1): Promise<number> {
  const { trace, traceHash, violation } = await simulate(seed, Math.max(1, options.lines));
  print(trace.join('\n'));
  if (violation === undefined) print(`seed ${seed}: nothing found`);
  else print(`seed ${seed}: ${violation}\nonce more: npm run simulate -- --seed ${seed}`);
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

/** Tells on stderr how far it is. A progress bar would not do: its timers would be taken for the pipeline's. */
function showProgress(seeds: number): Disposable & { tell(done: number): void } {
  if (process.stderr.isTTY) {
    const line = new LiveLine(process.stderr);
    // Ends the line, too: a signal that ends the process by itself would leave half of one.
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

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError('a whole number of at most nine digits is wanted');
  return Number(text);
}

function print(text: string): void {
  process.stdout.write(`${wrappedLines(text, columnsOf())}\n`);
}

/** The last line, for programs: it is wider than most screens. */
function printJson(value: object): void {
  if (columnsOf() === undefined) process.stdout.write(`${JSON.stringify(value)}\n`);
}
