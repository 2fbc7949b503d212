import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { columnsOf } from '#internal/terminal/columns.ts';
import { markdownOnTerminal } from '#internal/terminal/markdown.ts';
import { wrappedLines } from '#internal/terminal/text-width.ts';
import { FAULTS } from '#internal/proof/chaos/faults/all.ts';
import { parseOptions } from '#internal/proof/chaos/options.ts';
import { type Round, reportOf } from '#internal/proof/chaos/report.ts';
import { type RoundResult, runRound } from '#internal/proof/chaos/round.ts';
import { type RoundPlan, roundsOf, schedule } from '#internal/proof/chaos/schedule.ts';
import { startStack } from '#internal/proof/chaos/stack.ts';

const SHUTDOWN_SECONDS = 120;
const MINUTE_MS = 60_000;
/** Of the violations of a round so many are told. */
const TOLD = 10;

await runProgram('chaos', async () => {
  const options = parseOptions(
    process.argv,
    FAULTS.map(({ name }) => name),
  );
  if (options.list) {
    const list = FAULTS.map(({ name, what }) => `${name.padEnd(28)}${what}\n`).join('');
    process.stdout.write(wrappedLines(list, columnsOf()));
    return 0;
  }
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, () =>
    tell(shutdown.drain.aborted ? 'ending now' : 'ending after this round; once more to end now'),
  );
  await using stack = await startStack();
  const rounds: Round[] = [];
  const wanted = roundsOf(options, FAULTS);
  const endMs = performance.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * MINUTE_MS;
  for (const plan of schedule(options, FAULTS)) {
    if (rounds.length >= wanted || performance.now() > endMs || shutdown.drain.aborted) break;
    const startedMs = performance.now();
    const parts = { stack, name: `chaos_${rounds.length + 1}`, plan, events: options.events };
    const result = await runRound(parts, shutdown.stop);
    if (shutdown.stop.aborted) break; // half a round proves nothing
    const seconds = (performance.now() - startedMs) / 1000;
    rounds.push({ faults: plan.faults, result, seconds });
    tellRound(rounds.length, plan, result, seconds);
    // After every round: a long run that is killed leaves what it found.
    if (options.report !== undefined) await writeFile(options.report, reportOf(rounds, options.seed));
  }
  process.stdout.write(markdownOnTerminal(reportOf(rounds, options.seed)));
  return rounds.some(({ result }) => result.violations.length > 0) ? 1 : 0;
});

function tell(line: string): void {
  // The ^C that the terminal writes when it is pressed is overwritten.
  const begin = process.stderr.isTTY ? '\r\u001B[K' : '';
  process.stderr.write(`${begin}${wrappedLines(line, columnsOf(process.stderr))}\n`);
}

function tellRound(n: number, { seed, faults }: RoundPlan, result: RoundResult, seconds: number): void {
  const names = faults.map((fault) => `${fault.name} (${result.struck.get(fault) ?? 'skipped'})`).join(', ');
  const outcome =
    result.skipped ??
    `${result.events} events, ${result.violations.length} violations, recovered in ${result.recoverySeconds.toFixed(1)} s`;
  tell(`round ${n}: ${names}: ${outcome}; ${seconds.toFixed(1)} s`);
  for (const { promise, what } of result.violations.slice(0, TOLD)) tell(`  - broken: ${promise}: ${what}`);
  if (result.violations.length > 0)
    tell(`  again: npm run chaos -- --seed ${seed} --fault ${faults.map(({ name }) => name).join(' ')}`);
}
