import { describe, expect, test } from 'vitest';
import { Plot, plantedBugs } from './planting.ts';

/** As docs/simulation.md says. The nearest bugs are found by the first seed. */
const SEEDS = 1_000;

const bugs = await plantedBugs();

test('there are bugs to plant', () => {
  expect(bugs.length).toBeGreaterThan(10);
});

describe('finds a planted bug', () => {
  test.each(bugs)('%s', { timeout: 90_000 }, async (bug) => {
    await using plot = await Plot.lay();
    await plot.plant(bug);
    const { result } = await plot.simulate(SEEDS);
    expect(result.violation).toBeDefined();
  });
});

test('finds nothing in the copy without one', { timeout: 90_000 }, async () => {
  await using plot = await Plot.lay();
  const { output, result } = await plot.simulate(SEEDS);
  expect(result, output).toEqual({ seeds: SEEDS });
});
