import type { Run } from '../run.ts';

/** Up to this many names, the engine keeps their list ready; it makes that of more anew for each loop over them. */
const READY_NAMES = 64;

/** How many names an object has; charges what it takes to list them. */
export function namesOf(value: unknown, run: Run): number {
  const { length } = Object.keys(value as object);
  run.steps -= length > READY_NAMES ? length * 6 : length >> 1;
  return length;
}

/** For a loop that went over this many names, beside the step for each: making the list, where it is long. */
export function stepsToList(names: number): number {
  return names > READY_NAMES ? names * 2 : 0;
}

/**
 * Says which member of an object is wrong. A loop over the names pays for each that it looks at, but the engine lists all
 * of them before the first, so a loop that ends early pays for the list here.
 */
export function failedAt(name: string, value: unknown, run: Run): false {
  if (run.steps >= 0) namesOf(value, run);
  return run.at(name);
}
