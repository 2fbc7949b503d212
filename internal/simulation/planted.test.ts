import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { Plot, plantedBugs } from './planting.ts';

const SEEDS_WITHOUT_BUG = 300;
const bugs = await plantedBugs();

// Whoever runs one seed again does not want all the others.
describe.skipIf(process.env['SIMULATION_SEED'] !== undefined)('planted bugs', { timeout: 120_000 }, () => {
  test('there are some', () => {
    expect(bugs.length).toBeGreaterThan(10);
  });

  test.each(bugs)('finds $name within $seeds seeds', async (bug) => {
    await using plot = await Plot.lay();
    await plot.plant(bug);
    const { result } = await plot.simulate(bug.seeds);
    expect(result.violation).toBeDefined();
  });

  test('finds nothing in a copy without one', async () => {
    await using plot = await Plot.lay();
    const { output, result } = await plot.simulate(SEEDS_WITHOUT_BUG);
    if (result.violation !== undefined) throw new Error(output);
    expect(result).toEqual({ seeds: SEEDS_WITHOUT_BUG });
  });
});
