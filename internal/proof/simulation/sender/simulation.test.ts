import process from 'node:process';
import { expect, test } from 'vitest';
import { simulateSender } from './simulate.ts';

/** SIMULATION_SEED is the first of the fresh seeds; when set, only these run. LONG_PROOFS=true (CI) runs many more. */
const { SIMULATION_SEED, LONG_PROOFS } = process.env;
const isLong = LONG_PROOFS === 'true';
const FRESH_SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? (isLong ? 1_000 : 25));
const FIXED_SEEDS = isLong ? 150 : 25;
/** Many times what one seed takes on average, and a few that take long: machines are busy. */
const MS_PER_SEED = 1_500;
const MS_BESIDES = 120_000;

async function findViolation(firstSeed: number, seeds: number): Promise<string | undefined> {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { violation } = await simulateSender(seed);
    if (violation === undefined) continue;
    const { trace } = await simulateSender(seed, 200);
    const command = `npm run simulate -- --of sender --seed ${seed}`;
    return `${trace.join('\n')}\nseed ${seed}: ${violation}\nto repeat it: ${command}`;
  }
  return undefined;
}

function seedsTest(name: string, firstSeed: number, seeds: number): void {
  const timeout = MS_BESIDES + seeds * MS_PER_SEED;
  test(`${name}: seeds ${firstSeed} to ${firstSeed + seeds - 1}`, { timeout }, async () => {
    expect(await findViolation(firstSeed, seeds)).toBeUndefined();
  });
}

if (SIMULATION_SEED === undefined)
  seedsTest('every message reaches its endpoints, whatever goes wrong meanwhile', 1, FIXED_SEEDS);

const freshSeed = SIMULATION_SEED === undefined ? Date.now() % 1e9 : Number(SIMULATION_SEED);
process.stdout.write(
  `simulation of the sender: ${FRESH_SEEDS} fresh seeds; to repeat them, set SIMULATION_SEED=${freshSeed}\n`,
);
seedsTest('the same for fresh seeds', freshSeed, FRESH_SEEDS);

test('a seed gives the same run each time', async () => {
  for (const seed of [7, 9, 13]) {
    const first = await simulateSender(seed, 1_000_000);
    expect(first.trace.length).toBeGreaterThan(20);
    expect(await simulateSender(seed, 1_000_000)).toEqual(first);
  }
});
