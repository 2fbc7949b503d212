import process from 'node:process';
import { simulate } from './simulate.ts';

const TRACE_LINES = 100;

const [firstSeed = 1, seeds = 1] = process.argv.slice(2).map(Number);
process.exitCode = await simulateAll(firstSeed, seeds);

/** Runs the seeds until one violates a rule: that one once more, with its last events, and exit code 1. */
async function simulateAll(firstSeed: number, seeds: number): Promise<number> {
  const startedMs = performance.now();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { violation } = await simulate(seed);
    if (violation === undefined) continue;
    const { trace } = await simulate(seed, TRACE_LINES);
    print(`${trace.join('\n')}\nseed ${seed}: ${violation}`);
    print(JSON.stringify({ seeds: seed - firstSeed + 1, seed, violation }));
    return 1;
  }
  print(`${seeds} seeds from ${firstSeed} on in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  print(JSON.stringify({ seeds }));
  return 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
