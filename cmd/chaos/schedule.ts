import { pick, type Random, seededRandom, whole } from '../producers/random.ts';
import type { Fault } from './fault.ts';
import type { ChaosOptions } from './options.ts';

/** What strikes in one round, and the seed that decides everything else in it. */
export interface RoundPlan {
  readonly seed: number;
  readonly faults: readonly [Fault, ...Fault[]];
}

type Faults = readonly [Fault, ...Fault[]];

/** The rounds to run, drawn from the seed: every fault alone, then mixtures without end. The caller stops. */
export function* schedule(options: ChaosOptions, faults: Faults): Generator<RoundPlan> {
  const random = seededRandom(options.seed);
  const seedOf = () => whole(random, 0, 2 ** 31);
  const only = faults.find(({ name }) => name === options.fault);
  if (only !== undefined) {
    for (;;) yield { seed: seedOf(), faults: [only] };
  }
  if (options.minutes === undefined)
    for (const fault of shuffled(faults, random)) yield { seed: seedOf(), faults: [fault] };
  for (;;) yield { seed: seedOf(), faults: mixture(faults, random) };
}

/** How many rounds there are; without end when minutes decide. */
export function roundsOf({ rounds, minutes, fault }: ChaosOptions, faults: Faults): number {
  if (minutes !== undefined) return Number.POSITIVE_INFINITY;
  return rounds ?? (fault === undefined ? faults.length : 1);
}

/** Two to four faults that can strike together. */
function mixture(faults: Faults, random: Random): Faults {
  const mixable = faults.filter(({ alone, between }) => alone !== true && between !== true);
  const chosen = shuffled(mixable, random).slice(0, whole(random, 2, 4));
  const [first = pick(random, faults), ...others] = chosen;
  return [first, ...others];
}

function shuffled(faults: readonly Fault[], random: Random): Fault[] {
  return faults
    .map((fault) => ({ fault, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ fault }) => fault);
}
