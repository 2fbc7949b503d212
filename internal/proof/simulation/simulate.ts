import type { Run } from './run.ts';
import { World } from './world.ts';

/** Runs one seed. A process can run only one at a time, because it replaces the clocks. */
export async function simulate(seed: number, traceLines = 0): Promise<Run> {
  const world = new World(seed, traceLines);
  await world.run();
  return {
    seed,
    violation: world.violation,
    trace: world.trace.lines,
    traceHash: world.trace.hash,
    virtualSeconds: world.clock.nowMs / 1000,
    rows: world.database.rows,
    lives: world.lives,
    kills: world.kills,
  };
}
