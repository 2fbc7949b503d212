import { ChildProgram } from '../../embedded/program.ts';
import { FORMATS } from '../../load/envelopes.ts';
import type { Random } from '../../load/random.ts';
import type { LoadPlan } from './oracle.ts';

const BAD = 0.04;
const DUPLICATES = 0.06;
/** Approximate duration of a load; faults strike meanwhile. */
const LOAD_SECONDS = 3;

interface LoadSettings {
  readonly tenants: readonly [string, ...string[]];
  readonly events: number;
  /** Path prefix of the ledgers. */
  readonly ledger: string;
}

/**
 * Two producers side by side: one sends single events in one format, the other arrays in the other format,
 * possibly compressed.
 */
export function planLoad(
  { tenants, events, ledger }: LoadSettings,
  wave: number,
  random: Random,
): LoadPlan[] {
  const batches = [1, random.pick([2, 7, 30])] as const;
  const [first, second] = random.chance(0.5)
    ? FORMATS
    : (FORMATS.toReversed() as [(typeof FORMATS)[1], (typeof FORMATS)[0]]);
  const compress = random.pick([undefined, 'gzip', 'zstd'] as const);
  return batches.map((batch, i) => {
    const count = Math.ceil(events / batches.length);
    return {
      seed: random.whole(0, 2 ** 31),
      tenants,
      format: i === 0 ? first : second,
      count,
      rate: Math.ceil(count / LOAD_SECONDS),
      batch,
      ...(compress === undefined || i === 0 ? {} : { compress }),
      bad: BAD,
      duplicates: DUPLICATES,
      ledger: `${ledger}-${wave}-${i}.jsonl`,
    };
  });
}

/** Starts the producers program with that plan. */
export function startProducers(
  plan: LoadPlan,
  env: Readonly<Record<string, string>>,
  folder: string,
): ChildProgram {
  const { seed, tenants, format, count, rate, batch, compress, bad, duplicates, ledger } = plan;
  const options: [string, string | number | undefined][] = [
    ['--seed', seed],
    ['--tenants', tenants.join(',')],
    ['--format', format],
    ['--count', count],
    ['--rate', rate],
    ['--batch', batch],
    ['--compress', compress],
    ['--bad', bad],
    ['--duplicates', duplicates],
    ['--ledger', ledger],
  ];
  const args = options.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  return new ChildProgram({ path: 'cmd/producers/main.ts', name: 'producers', args, env, folder });
}
