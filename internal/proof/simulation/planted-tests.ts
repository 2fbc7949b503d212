import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import type { Engine } from './options.ts';
import { Plot, plantedBugs } from './planting.ts';
import type { Run } from './run.ts';

const DOCUMENT = new URL('../../../docs/simulation.md', import.meta.url);
/** Bugs found within this many seeds are planted, every third of them in the sender; all with LONG_PROOFS=true, as in CI. */
const SOON = 50;
const EVERY: Readonly<Record<Engine, number>> = { processor: 1, sender: 3 };
/** Where the document goes on with the sender. */
const HEADINGS = /^# The sender$/m;

/** Each bug of an engine is listed, fits the code, and is found. */
export async function plantedTests(
  engine: Engine,
  simulate: (seed: number, traceLines?: number) => Promise<Run>,
): Promise<void> {
  const bugs = await plantedBugs(engine);
  const soon = bugs.filter(({ seeds }) => seeds <= SOON).filter((_, i) => i % EVERY[engine] === 0);
  const planted = process.env['LONG_PROOFS'] === 'true' ? bugs : soon;

  // Not needed when SIMULATION_SEED repeats given seeds.
  const isRepeated = process.env['SIMULATION_SEED'] !== undefined;
  describe.skipIf(isRepeated)(`bugs planted in the ${engine}`, { timeout: 300_000 }, () => {
    test('there are some', () => {
      expect(bugs.length).toBeGreaterThan(15);
    });

    test('the documentation lists each of them', async () => {
      const parts = (await readFile(DOCUMENT, 'utf8')).split(HEADINGS);
      const document = engine === 'processor' ? parts[0] : parts[1];
      const rows = document?.split('\n').filter((line) => /^\| `[a-z0-9-]+` \| .* \| \d+ \|$/.test(line));
      expect(rows).toEqual(bugs.map(({ name, says, seeds }) => `| \`${name}\` | ${says} | ${seeds} |`));
    });

    test('each fits the code as it is', async () => {
      for (const bug of bugs) {
        await using plot = await Plot.lay();
        await plot.plant(bug);
      }
    });

    // Each runs in its own process, because the simulation replaces the clocks.
    test.concurrent.each(planted)('finds $name within $seeds seeds', async (bug) => {
      await using plot = await Plot.lay();
      await plot.plant(bug);
      const { result } = await plot.simulate(engine, '--from', '1', '--seeds', `${bug.seeds}`);
      expect(result.violation).toBeDefined();
      // A patch that makes the code throw, instead of changing its behaviour, proves nothing.
      expect(result.violation).not.toMatch(/(Type|Reference|Syntax)Error/);
    });

    test('a copy without a bug behaves as the original does, in another process', async () => {
      await using plot = await Plot.lay();
      for (const seed of [3, 11]) {
        const { result } = await plot.simulate(engine, '--seed', `${seed}`);
        expect(result).toEqual({ seeds: 1, seed, traceHash: (await simulate(seed, 1)).traceHash });
      }
    });
  });
}
