import process from 'node:process';
import { simulate } from './simulate.ts';

/** node internal/simulation/main.ts <first seed> <seeds>: stops at the first violation, with exit code 1. */
const [first = 1, count = 1] = process.argv.slice(2).map(Number);
let lives = 0, kills = 0, rows = 0, virtual = 0;
const t0 = process.hrtime.bigint();
for (let seed = first; seed < first + count; seed += 1) {
  const run = await simulate(seed);
  lives += run.lives; kills += run.kills; rows += run.rows; virtual += run.virtualSeconds;
  if (run.violation !== undefined) {
    const again = await simulate(seed, 100);
    process.stdout.write(`${again.trace.join('\n')}\nseed ${seed} (${seed - first + 1}): ${run.violation}\n${again.violation === run.violation ? '' : 'NOT THE SAME ' + again.violation}\n`);
    process.exit(1);
  }
}
process.stdout.write(`${count} seeds ${JSON.stringify({lives, kills, rows, virtual})} ${Number(process.hrtime.bigint()-t0)/1e6} ms\n`);
