import { World } from './world.ts';

export interface Run {
  readonly seed: number;
  /** What must never happen and did; undefined when all went as it must. */
  readonly violation: string | undefined;
  /** The last things that happened, where they were asked for. */
  readonly trace: readonly string[];
  /** Of the whole trace, where one was asked for: the same for the same seed. */
  readonly traceHash: string;
  readonly virtualSeconds: number;
  readonly rows: number;
  readonly lives: number;
  readonly kills: number;
}

/** Runs one seed. One at a time in a process: it takes the place of the clocks meanwhile. */
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
