import { World } from './world.ts';

export interface Run {
  readonly seed: number;
  /** The rule that was broken; undefined if none was. */
  readonly violation: string | undefined;
  /** The last lines of the trace, if requested. */
  readonly trace: readonly string[];
  /** Hash of the whole trace, if requested; the same for the same seed. */
  readonly traceHash: string;
  readonly virtualSeconds: number;
  readonly rows: number;
  readonly lives: number;
  readonly kills: number;
}

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
