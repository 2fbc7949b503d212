import process from 'node:process';
import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

/** SIMULATION_SEED is the first of the fresh seeds; when set, only these run. LONG_PROOFS=true (CI) runs many more. */
const { SIMULATION_SEED, LONG_PROOFS } = process.env;
const isLong = LONG_PROOFS === 'true';
const FRESH_SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? (isLong ? 1_000 : 50));
const FIXED_SEEDS = isLong ? 150 : 50;
/** Many times what one seed takes, because machines are busy. */
const MS_PER_SEED = 400;

async function findViolation(firstSeed: number, seeds: number): Promise<string | undefined> {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { violation } = await simulate(seed);
    if (violation === undefined) continue;
    const { trace } = await simulate(seed, 200);
    return `${trace.join('\n')}\nseed ${seed}: ${violation}\nto repeat it: npm run simulate -- --seed ${seed}`;
  }
  return undefined;
}

function seedsTest(name: string, firstSeed: number, seeds: number): void {
  test(`${name}: seeds ${firstSeed} to ${firstSeed + seeds - 1}`, {
    timeout: 10_000 + seeds * MS_PER_SEED,
  }, async () => {
    expect(await findViolation(firstSeed, seeds)).toBeUndefined();
  });
}

if (SIMULATION_SEED === undefined) {
  seedsTest('every event is stored or rejected, whatever goes wrong meanwhile', 1, FIXED_SEEDS);
}

const freshSeed = SIMULATION_SEED === undefined ? Date.now() % 1e9 : Number(SIMULATION_SEED);
process.stdout.write(
  `simulation: ${FRESH_SEEDS} fresh seeds; to repeat them, set SIMULATION_SEED=${freshSeed}\n`,
);
seedsTest('the same for fresh seeds', freshSeed, FRESH_SEEDS);

test('a seed gives the same run each time', async () => {
  for (const seed of [7, 20, 306]) {
    const first = await simulate(seed, 1_000_000);
    expect(first.trace.length).toBeGreaterThan(50);
    expect(await simulate(seed, 1_000_000)).toEqual(first);
  }
});

test('another seed gives another run', async () => {
  expect((await simulate(7, 1)).traceHash).not.toBe((await simulate(8, 1)).traceHash);
});

test('the real clocks are back afterwards', async () => {
  const clocks = () => ({
    now: Object.getOwnPropertyDescriptor(performance, 'now'),
    timeout: Object.getOwnPropertyDescriptor(AbortSignal, 'timeout'),
    random: Object.getOwnPropertyDescriptor(Math, 'random'),
    date: globalThis.Date,
    ...globalThis,
  });
  const before = clocks();
  await simulate(1);
  expect(clocks()).toEqual(before);
});
