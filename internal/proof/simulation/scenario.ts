import type { ProcessorSettings } from '../../processor/settings.ts';
import type { Random } from '../../load/random.ts';
import { CLIENTS, PLAIN_TYPES } from './registry.ts';

export type Service = 'queue' | 'database';

/**
 * The faults of a call. `refused`: answered with an error, not executed. `answer_lost`: executed, answered
 * with an error. `hangs`: never answered, may be executed. `late`: executed after the caller has given up.
 * `crash_before`, `crash_after`: the calling processor dies just before or after the call is executed.
 */
const FAULTS = ['refused', 'answer_lost', 'hangs', 'late', 'crash_before', 'crash_after'] as const;
export type Fault = (typeof FAULTS)[number];

interface Climate {
  readonly faultRate: number;
  readonly faults: readonly Fault[];
  /** Share of the calls that take up to `slowMs` instead of a few milliseconds. */
  readonly slowRate: number;
  readonly slowMs: number;
  /** Periods during which every call is refused. */
  readonly outages: readonly Span[];
}

/** Rates of SQS's peculiarities, from 0 to 1. */
export interface QueueHabits {
  /** Responses with a message that is already in flight. */
  readonly duplicate: number;
  /** Polls answered with nothing although there are messages. */
  readonly emptyAnswer: number;
  /** Batch entries reported as failed but retryable; half of them were executed all the same. */
  readonly failedEntry: number;
  /** Batch entries refused for good. */
  readonly refusedEntry: number;
  /** Deletes with an old handle that delete all the same. */
  readonly staleDeletes: number;
}

/** `kill` ends a processor at once, `drain` is the first signal, and `stop` the second. */
export interface Order {
  readonly atMs: number;
  readonly slot: number;
  readonly order: 'kill' | 'drain' | 'stop';
}

/** Another PostgreSQL session locks a row that messages refer to, as `select … for update` does. */
interface RowLock extends Span {
  /** The client or event type, in every tenant. */
  readonly name: string;
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Everything that a seed decides before the run. */
export interface Scenario {
  readonly settings: ProcessorSettings;
  readonly replayIntervalSeconds: number;
  readonly processors: number;
  /** From then on nothing goes wrong, and everything must be completed. */
  readonly quietFromMs: number;
  readonly climates: Readonly<Record<Service, Climate>>;
  readonly habits: QueueHabits;
  readonly orders: readonly Order[];
  /** Number of SQS messages that producers send. */
  readonly sends: number;
  /** Share of messages that are bad, repeated or in conflict. */
  readonly oddRate: number;
  /** Share of messages that are compressed. */
  readonly compressedRate: number;
  readonly withSchemas: boolean;
  /** Share of rejections that PostgreSQL refuses because of a row, until `quietFromMs`. */
  readonly refusedRejections: number;
  readonly locks: readonly RowLock[];
  /** After `quietFromMs`, processors are replaced by ones that end when the queue is empty. */
  readonly endsWhenEmpty: boolean;
}

/**
 * Each seed draws its own faults, and many seeds draw none of a kind: constant trouble hides bugs that only
 * show when things are calm.
 */
export function drawScenario(random: Random): Scenario {
  const quietFromMs = random.between(5_000, 60_000);
  const processors = random.pick([1, 1, 2, 3]);
  const calm = random.chance(0.1);
  const climates = {
    queue: drawClimate(random, quietFromMs, calm),
    database: drawClimate(random, quietFromMs, calm),
  };
  return {
    settings: drawSettings(random),
    replayIntervalSeconds: random.pick([1, 5, 20]),
    processors,
    quietFromMs,
    climates,
    habits: drawHabits(random, calm),
    orders: drawOrders(random, climates.database.outages, quietFromMs, processors),
    sends: random.whole(5, 80),
    oddRate: random.pick([0, 0.2, 0.5, 0.8]),
    compressedRate: random.pick([0, 0, 0.1, 0.9]),
    withSchemas: random.chance(0.3),
    refusedRejections: !calm && random.chance(0.15) ? 0.2 : 0,
    endsWhenEmpty: random.chance(0.3),
    locks: calm || random.chance(0.8) ? [] : drawLocks(random, quietFromMs),
  };
}

function drawLocks(random: Random, quietFromMs: number): RowLock[] {
  return Array.from({ length: random.whole(1, 3) }, () => {
    const fromMs = random.between(0, quietFromMs);
    const untilMs = Math.min(quietFromMs, fromMs + random.between(200, 40_000));
    return { name: random.pick([...CLIENTS, ...PLAIN_TYPES]), fromMs, untilMs };
  });
}

function drawSettings(random: Random): ProcessorSettings {
  const visibilityTimeoutSeconds = random.pick([3, 5, 10, 30]);
  return {
    polls: random.whole(1, 4),
    receiveWaitSeconds: random.pick([0.05, 1, 5, 20]),
    maxInFlight: random.pick([10, 15, 30, 100]),
    visibilityTimeoutSeconds,
    maxLeaseSeconds: visibilityTimeoutSeconds * random.pick([1, 2, 10]),
    batch: {
      events: random.pick([1, 3, 10, 50]),
      bytes: random.pick([100, 1_000, 1_000_000]),
      ageMs: random.pick([0, 10, 100, 1_000]),
    },
    storeConnections: random.whole(1, 4),
    maxExpandedBytes: random.pick([500, 1_000_000]),
    untilEmpty: false,
  };
}

function drawClimate(random: Random, quietFromMs: number, calm: boolean): Climate {
  const slow = !calm && random.chance(0.3);
  const outages = calm || random.chance(0.6) ? 0 : random.whole(1, 2);
  return {
    faultRate: calm || random.chance(0.4) ? 0 : random.pick([0.01, 0.05, 0.2]),
    faults: random.some(FAULTS).concat(random.pick(FAULTS)),
    slowRate: slow ? random.pick([0.05, 0.3, 0.8]) : 0,
    slowMs: random.pick([300, 2_000, 15_000]),
    outages: Array.from({ length: outages }, () => {
      const fromMs = random.between(0, quietFromMs);
      return { fromMs, untilMs: Math.min(quietFromMs, fromMs + random.between(500, 30_000)) };
    }),
  };
}

function drawHabits(random: Random, calm: boolean): QueueHabits {
  const drawn = (rates: readonly number[]) => (calm || random.chance(0.5) ? 0 : random.pick(rates));
  return {
    duplicate: drawn([0.1, 0.5]),
    emptyAnswer: drawn([0.1, 0.5]),
    failedEntry: drawn([0.05, 0.3]),
    refusedEntry: drawn([0.02, 0.1]),
    staleDeletes: drawn([0.2, 1]),
  };
}

function drawOrders(
  random: Random,
  outages: Climate['outages'],
  quietFromMs: number,
  processors: number,
): Order[] {
  const orders: Order[] = [];
  const always = { fromMs: 0, untilMs: quietFromMs };
  for (const order of ['kill', 'drain', 'stop'] as const) {
    const count = random.chance(0.5) ? 0 : random.whole(1, 3);
    for (let i = 0; i < count; i += 1) {
      // Ending is hardest while PostgreSQL is away and much is held.
      const { fromMs, untilMs } = random.chance(0.5) ? random.pick(outages.concat(always)) : always;
      orders.push({ atMs: random.between(fromMs, untilMs), slot: random.whole(0, processors - 1), order });
    }
  }
  return orders;
}
