import { BASELINES, type Contender, PROCESSOR } from './contender.ts';
import { type LoadSpec, PLAIN_LOAD } from './load.ts';
import type { QueueKind } from './queues.ts';

/** One row of the comparison: a contender, a load and a queue. */
export interface Cell {
  readonly id: string;
  readonly queue: QueueKind;
  readonly contender: Contender;
  readonly load: LoadSpec;
  readonly what: string;
  readonly allDuplicates?: boolean;
}

const WITH_SDK: Contender = {
  ...PROCESSOR,
  name: 'event processor, AWS SDK',
  env: { ...PROCESSOR.env, SQS_TRANSPORT: 'sdk' },
};

// Enough events for several seconds, so that start-up hardly counts.
const EVENTS = { slow: 3_000, middling: 8_000, quick: 20_000, quickest: 60_000 } as const;

function cell(
  id: string,
  queue: QueueKind,
  contender: Contender,
  events: number,
  more: Partial<LoadSpec> = {},
): Cell {
  const { eventsPerMessage = 1 } = more;
  return {
    id,
    queue,
    contender,
    load: { ...PLAIN_LOAD, ...more, events },
    what: eventsPerMessage === 1 ? 'single events' : `arrays of ${eventsPerMessage}`,
  };
}

/** Everything that the comparison measures, in the order of its table. */
export const CELLS: readonly Cell[] = [
  cell('perMessage', 'embedded', BASELINES.perMessage, EVENTS.slow),
  cell('perMessageOfTen', 'embedded', BASELINES.perMessageOfTen, EVENTS.middling),
  cell('batch', 'embedded', BASELINES.batch, EVENTS.middling),
  cell('eightBatches', 'embedded', BASELINES.eightBatches, EVENTS.quick),
  cell('sdk', 'embedded', WITH_SDK, EVENTS.quick),
  cell('single', 'embedded', PROCESSOR, EVENTS.quick),
  cell('tens', 'embedded', PROCESSOR, EVENTS.quickest, { eventsPerMessage: 10 }),
  cell('hundreds', 'embedded', PROCESSOR, EVENTS.quickest, { eventsPerMessage: 100 }),
  cell('stubPerMessage', 'stub', BASELINES.perMessage, EVENTS.slow),
  cell('stubEightBatches', 'stub', BASELINES.eightBatches, EVENTS.quick),
  cell('stubSdk', 'stub', WITH_SDK, EVENTS.quick),
  cell('stubSingle', 'stub', PROCESSOR, EVENTS.quickest),
  cell('stubHundreds', 'stub', PROCESSOR, EVENTS.quickest, { eventsPerMessage: 100 }),
  {
    ...cell('duplicates', 'stub', PROCESSOR, EVENTS.quickest),
    what: 'single events, all duplicates',
    allDuplicates: true,
  },
  { ...cell('bad', 'stub', PROCESSOR, EVENTS.quick, { bad: 0.1 }), what: 'single events, 10 % bad' },
  {
    ...cell('tenants', 'stub', PROCESSOR, EVENTS.quickest, { tenants: 1_000 }),
    what: 'single events, 1,000 tenants',
  },
];

export interface Goal {
  readonly what: string;
  /** The cells compared: the ratio of the first to the second, or the first alone. */
  readonly of: readonly [string, string?];
  readonly figure: 'eventsPerSecond' | 'cpuSecondsPer10k' | 'peakMegabytes' | 'millisecondsPer10k';
  /** The minimum for a rate or a ratio of rates, the maximum for a cost. */
  readonly goal: number;
}

export const GOALS: readonly Goal[] = [
  {
    what: 'against a handler per message: events/s',
    of: ['single', 'perMessage'],
    figure: 'eventsPerSecond',
    goal: 12,
  },
  {
    what: 'against a handler per message: CPU',
    of: ['single', 'perMessage'],
    figure: 'cpuSecondsPer10k',
    goal: 1 / 15,
  },
  {
    what: 'against eight batch handlers: events/s',
    of: ['single', 'eightBatches'],
    figure: 'eventsPerSecond',
    goal: 2.5,
  },
  {
    what: 'against eight batch handlers: CPU',
    of: ['single', 'eightBatches'],
    figure: 'cpuSecondsPer10k',
    goal: 1 / 4,
  },
  {
    what: 'stub queue, single events: events/s',
    of: ['stubSingle'],
    figure: 'eventsPerSecond',
    goal: 12_000,
  },
  {
    what: 'arrays of 100: milliseconds for 10,000 events',
    of: ['hundreds'],
    figure: 'millisecondsPer10k',
    goal: 485,
  },
  { what: 'memory at full load, single events: MB', of: ['stubSingle'], figure: 'peakMegabytes', goal: 200 },
  {
    what: 'memory at full load, arrays of 100: MB',
    of: ['stubHundreds'],
    figure: 'peakMegabytes',
    goal: 200,
  },
];
