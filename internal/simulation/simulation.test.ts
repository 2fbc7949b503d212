import process from 'node:process';
import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

/** SIMULATION_SEED runs that seed alone; SIMULATION_SEEDS sets how many fresh ones there are. */
const { SIMULATION_SEED, SIMULATION_SEEDS = '300' } = process.env;
const FIXED_SEEDS = 300;
const MS_PER_SEED = 200;

async function findViolation(firstSeed: number, seeds: number): Promise<string | undefined> {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { violation } = await simulate(seed);
    if (violation === undefined) continue;
    const { trace } = await simulate(seed, 200);
    return `${trace.join('\n')}\nseed ${seed}: ${violation}\nonce more: SIMULATION_SEED=${seed} npx vitest run internal/simulation`;
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

if (SIMULATION_SEED !== undefined) {
  seedsTest('the seed asked for', Number(SIMULATION_SEED), 1);
} else {
  seedsTest('every event comes to its end, whatever goes wrong meanwhile', 1, FIXED_SEEDS);
  // The name of the test tells the seeds, so that they can be run again.
  seedsTest('also with seeds not tried before', Date.now() % 1e9, Number(SIMULATION_SEEDS));
}

test('a seed makes the same happen each time', async () => {
  const first = await simulate(7, 1_000_000);
  expect(first.trace.length).toBeGreaterThan(100);
  expect(await simulate(7, 1_000_000)).toEqual(first);
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
