import { Random } from '../../load/random.ts';
import type { Fault } from './fault.ts';
import type { ChaosOptions } from './options.ts';

/** The faults of one round, and the seed that decides everything else in it. */
export interface RoundPlan {
  readonly seed: number;
  readonly faults: readonly [Fault, ...Fault[]];
}

/** Share of such rounds among those after every fault ran alone. */
const UNMIXABLE_SHARE = 0.15;

type Faults = readonly [Fault, ...Fault[]];

/**
 * Yields rounds drawn from the seed: every fault alone, then mixtures without end; the caller stops. With
 * named faults, the seed is that of the first round, so that a single round can be repeated.
 */
export function* schedule(options: ChaosOptions, faults: Faults): Generator<RoundPlan> {
  const random = new Random(options.seed);
  const seedOf = () => random.whole(0, 2 ** 31);
  const [named, ...others] = (options.fault ?? []).flatMap((name) =>
    faults.filter((each) => each.name === name),
  );
  if (named !== undefined) {
    yield { seed: options.seed, faults: [named, ...others] };
    for (;;) yield { seed: seedOf(), faults: [named, ...others] };
  }
  if (options.minutes === undefined)
    for (const fault of random.shuffled(faults)) yield { seed: seedOf(), faults: [fault] };
  for (;;) {
    const faultsOfRound = random.chance(UNMIXABLE_SHARE)
      ? unmixable(faults, random)
      : mixture(faults, random);
    yield { seed: seedOf(), faults: faultsOfRound };
  }
}

/** Number of rounds; infinite when `minutes` decides. */
export function roundsOf({ rounds, minutes, fault }: ChaosOptions, faults: Faults): number {
  if (minutes !== undefined) return Number.POSITIVE_INFINITY;
  return rounds ?? (fault === undefined ? faults.length : 1);
}

function isMixable({ alone, between }: Fault): boolean {
  return alone !== true && between !== true;
}

/** Two to four faults that can be combined. */
function mixture(faults: Faults, random: Random): Faults {
  const wanted = random.whole(2, 4);
  const chosen: Fault[] = [];
  for (const fault of random.shuffled(faults.filter(isMixable))) {
    const clashes = chosen.some(({ actsOn }) => actsOn !== undefined && actsOn === fault.actsOn);
    if (!clashes && chosen.length < wanted) chosen.push(fault);
  }
  const [first = random.pick(faults), ...others] = chosen;
  return [first, ...others];
}

/** A fault that can only run alone, so that long runs include these too. */
function unmixable(faults: Faults, random: Random): Faults {
  const [first = random.pick(faults)] = random.shuffled(faults.filter((fault) => !isMixable(fault)));
  return [first];
}
