import { writeFile } from 'node:fs/promises';
import { FAULTS } from './faults/all.ts';
import type { ChaosOptions } from './options.ts';
import { type Round, reportOf } from './report.ts';
import { type RoundResult, runRound } from './round.ts';
import { type RoundPlan, roundsOf, schedule } from './schedule.ts';
import type { Stack } from './stack.ts';
import { tell } from './tell.ts';

const MINUTE_MS = 60_000;
/** Violations printed per round. */
const TOLD = 10;

/**
 * Runs rounds until the requested number or time is reached, or `drain` aborts. When `stop` aborts, the
 * current round is abandoned and does not count.
 */
export async function runRounds(
  stack: Stack,
  options: ChaosOptions,
  { drain, stop }: { readonly drain: AbortSignal; readonly stop: AbortSignal },
): Promise<Round[]> {
  const rounds: Round[] = [];
  const wanted = roundsOf(options, FAULTS);
  const endMs = performance.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * MINUTE_MS;
  for (const plan of schedule(options, FAULTS)) {
    if (rounds.length >= wanted || performance.now() > endMs || drain.aborted) break;
    const startedMs = performance.now();
    const parts = { stack, name: `chaos_${rounds.length + 1}`, plan, events: options.events };
    const result = await runRound(parts, stop);
    if (stop.aborted) break; // an interrupted round proves nothing
    const seconds = (performance.now() - startedMs) / 1000;
    rounds.push({ faults: plan.faults, result, seconds });
    tellRound(rounds.length, { plan, of: options.of }, result, seconds);
    // Written after every round, so that a long run that is killed keeps its findings.
    if (options.report !== undefined) await writeFile(options.report, reportOf(rounds, options.seed));
  }
  return rounds;
}

function tellRound(
  n: number,
  { plan: { seed, faults }, of }: { readonly plan: RoundPlan; readonly of: ChaosOptions['of'] },
  result: RoundResult,
  seconds: number,
): void {
  const names = faults.map((fault) => `${fault.name} (${result.struck.get(fault) ?? 'skipped'})`).join(', ');
  const outcome =
    result.skipped ??
    `${result.events} events, ${result.requests === 0 ? '' : `${result.requests} requests, `}${result.violations.length} violations, recovered in ${result.recoverySeconds.toFixed(1)} s`;
  tell(`round ${n}: ${names}: ${outcome}; ${seconds.toFixed(1)} s`);
  for (const { promise, what } of result.violations.slice(0, TOLD)) tell(`  - broken: ${promise}: ${what}`);
  if (result.violations.length > 0)
    tell(
      `  to repeat it: npm run chaos -- --seed ${seed} --of ${of} --fault ${faults.map(({ name }) => name).join(' ')}`,
    );
}
