import { Random } from '../../load/random.ts';
import type { Fault } from './fault.ts';
import type { ChaosOptions } from './options.ts';

/** The faults of one round, and the seed that decides everything else in it. */
export interface RoundPlan {
  readonly seed: number;
  readonly faults: readonly [Fault, ...Fault[]];
  /** Whether senders deliver what is stored. */
  readonly delivers: boolean;
}

/** Share of such rounds among those after every fault ran alone. */
const UNMIXABLE_SHARE = 0.15;

type Faults = readonly [Fault, ...Fault[]];

/**
 * Yields rounds drawn from the seed: every fault alone, then mixtures without end; the caller stops. With
 * named faults, the seed is that of the first round, so that a single round can be repeated.
 */
export function* schedule(options: ChaosOptions, all: Faults): Generator<RoundPlan> {
  const faults = faultsOf(options, all);
  const planOf = (seed: number, chosen: Faults): RoundPlan => ({
    seed,
    faults: chosen,
    delivers: options.of !== 'processor' && (chosen.length > 1 || chosen[0].of !== undefined),
  });
  const random = new Random(options.seed);
  const seedOf = () => random.whole(0, 2 ** 31);
  const [named, ...others] = (options.fault ?? []).flatMap((name) =>
    all.filter((each) => each.name === name),
  );
  if (named !== undefined) {
    yield planOf(options.seed, [named, ...others]);
    for (;;) yield planOf(seedOf(), [named, ...others]);
  }
  if (options.minutes === undefined)
    for (const fault of random.shuffled(faults)) yield planOf(seedOf(), [fault]);
  for (;;) {
    const faultsOfRound = random.chance(UNMIXABLE_SHARE)
      ? unmixable(faults, random)
      : mixture(faults, random);
    yield planOf(seedOf(), faultsOfRound);
  }
}

/** Number of rounds; infinite when `minutes` decides. */
export function roundsOf(options: ChaosOptions, faults: Faults): number {
  const { rounds, minutes, fault } = options;
  if (minutes !== undefined) return Number.POSITIVE_INFINITY;
  return rounds ?? (fault === undefined ? faultsOf(options, faults).length : 1);
}

/** The faults that strike the part. */
function faultsOf({ of: part }: ChaosOptions, faults: Faults): Faults {
  const kept = faults.filter(({ of }) => part === 'all' || of === 'both' || (of ?? 'processor') === part);
  return kept as unknown as Faults;
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
