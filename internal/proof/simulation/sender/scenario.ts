import type { Random } from '../../../load/random.ts';
import type { Endpoint } from '../../../sender/ports.ts';
import type { SenderSettings } from '../../../sender/settings.ts';

/**
 * The faults of a call to the store. `refused`: answered with an error, not executed. `answer_lost`: executed, answered with
 * an error. `hangs`: never answered, may be executed. `crash_before`, `crash_after`: the calling process dies just before or
 * after the call is executed.
 */
const FAULTS = ['refused', 'answer_lost', 'hangs', 'crash_before', 'crash_after'] as const;
export type Fault = (typeof FAULTS)[number];

export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What happens to a process. `freeze`: SIGSTOP, and SIGCONT at the end. `partition`: nothing of it reaches the store. */
export interface Order extends Span {
  readonly slot: number;
  readonly order: 'kill' | 'drain' | 'stop' | 'freeze' | 'partition' | 'clock';
}

/** What a receiver does; `fine` answers 200. */
const MOODS = [
  'fine',
  'error',
  'unavailable',
  'overloaded',
  'throttled',
  'gone',
  'refusing',
  'hanging',
  'resetting',
  'dead',
  'mixed',
] as const;
export type Mood = (typeof MOODS)[number];

export interface Receiver {
  /** Its mood changes at these times. */
  readonly moods: readonly { readonly fromMs: number; readonly mood: Mood }[];
  /** Longest time that an answer takes. */
  readonly slowMs: number;
}

export interface PlannedEndpoint {
  readonly settings: Partial<Endpoint>;
  readonly addedAtMs: number;
  readonly receiver: Receiver;
}

/** Everything that a seed decides before the run. */
export interface Scenario {
  readonly settings: Omit<SenderSettings, 'name'>;
  readonly senders: number;
  /** From then on nothing goes wrong, and everything must be completed. */
  readonly quietFromMs: number;
  readonly faultRate: number;
  readonly faults: readonly Fault[];
  readonly slowRate: number;
  readonly slowMs: number;
  readonly outages: readonly Span[];
  /** Only the renewal of leases fails. */
  readonly leaseOutages: readonly Span[];
  /** A process gives up on a call to the store after this long. */
  readonly patienceMs: number;
  readonly orders: readonly Order[];
  readonly wrongClocks: boolean;
  readonly endpoints: readonly PlannedEndpoint[];
  readonly transactions: number;
  readonly messagesEach: number;
  /** Share of the transactions that commit up to this much later. */
  readonly lateRate: number;
  readonly lateMs: number;
  readonly delayedRate: number;
  /** How many changes operators make. */
  readonly changes: number;
  readonly replays: number;
  readonly dropped: number;
}

/** Messages of a transaction on average, more than an endpoint holds in memory. */
const MANY = 400;

export const CLIENTS = ['client-1', 'client-2', 'client-3'] as const;
export const TYPES = ['order.placed', 'order.paid', 'user-app'] as const;

/** Each seed draws its own faults, and many seeds draw none of a kind: constant trouble hides bugs that show when things are calm. */
export function drawScenario(random: Random): Scenario {
  const quietFromMs = random.between(15_000, 150_000);
  const senders = random.pick([1, 2, 2, 3, 4]);
  const calm = random.chance(0.1);
  const messagesEach = random.chance(0.03) ? MANY : random.pick([1, 3, 10]);
  const slow = !calm && random.chance(0.3);
  const outages = calm || random.chance(0.6) ? [] : drawSpans(random, quietFromMs, 60_000);
  return {
    settings: {
      concurrency: random.pick([4, 16, 64]),
      hostConcurrency: random.pick([4, 64]),
      leaseSeconds: random.pick([20, 40]),
      results: { count: random.pick([1, 5, 500]), ageMs: random.pick([0, 20, 200]) },
      pollMs: random.pick([50, 200]),
    },
    senders,
    quietFromMs,
    faultRate: calm || random.chance(0.4) ? 0 : random.pick([0.01, 0.05, 0.2]),
    faults: random.some(FAULTS).concat(random.pick(FAULTS)),
    slowRate: slow ? random.pick([0.05, 0.3, 0.8]) : 0,
    slowMs: random.pick([300, 2_000]),
    outages,
    leaseOutages: calm || random.chance(0.7) ? [] : drawSpans(random, quietFromMs, 60_000),
    patienceMs: random.pick([1_000, 5_000, 10_000]),
    orders: calm ? [] : drawOrders(random, quietFromMs, senders),
    wrongClocks: !calm && random.chance(0.15),
    endpoints: Array.from({ length: random.whole(1, 6) }, () =>
      drawEndpoint(random, { quietFromMs, calm, withRates: messagesEach < MANY }),
    ),
    transactions: random.whole(3, 60),
    messagesEach,
    lateRate: random.pick([0, 0.1, 0.5]),
    lateMs: random.pick([100, 2_000, 20_000]),
    delayedRate: random.chance(0.7) ? 0 : random.pick([0.1, 0.5]),
    changes: random.chance(0.5) ? 0 : random.whole(1, 6),
    replays: random.chance(0.6) ? 0 : random.whole(1, 4),
    dropped: random.chance(0.8) ? 0 : random.whole(1, 2),
  };
}

function drawSpans(random: Random, endMs: number, longestMs: number): Span[] {
  return Array.from({ length: random.whole(1, 2) }, () => {
    const fromMs = random.between(0, endMs);
    return { fromMs, untilMs: Math.min(endMs, fromMs + random.between(500, longestMs)) };
  });
}

function drawOrders(random: Random, quietFromMs: number, senders: number): Order[] {
  const kinds = ['kill', 'drain', 'stop', 'freeze', 'partition', 'clock'] as const;
  return kinds.flatMap((order) =>
    Array.from({ length: random.chance(0.6) ? 0 : random.whole(1, 3) }, () => {
      const fromMs = random.between(0, quietFromMs);
      const longMs = random.chance(0.5) ? random.between(40_000, 80_000) : random.between(50, 20_000);
      const slot = random.whole(0, senders - 1);
      return { fromMs, untilMs: Math.min(quietFromMs, fromMs + longMs), slot, order };
    }),
  );
}

function drawEndpoint(
  random: Random,
  { quietFromMs, calm, withRates }: { quietFromMs: number; calm: boolean; withRates: boolean },
): PlannedEndpoint {
  const timeoutSeconds = random.pick([1, 5, 15]);
  const changes = calm || random.chance(0.4) ? 0 : random.whole(1, 4);
  const moods = Array.from({ length: changes }, () => ({
    fromMs: random.between(0, quietFromMs),
    mood: random.pick(MOODS),
  })).sort((a, b) => a.fromMs - b.fromMs);
  return {
    settings: {
      clientId: random.pick(CLIENTS),
      tenantId: random.pick(['default', 'default', 'acme']),
      number: random.whole(1, 200),
      url: `https://receiver-${random.whole(1, 3)}.example/`,
      eventTypes: random.chance(0.3)
        ? random.pick([['order.*'], ['user-app'], ['order.paid', 'user-app']])
        : null,
      ratePerSecond: random.chance(0.2) && withRates ? random.pick([1, 5, 50]) : null,
      concurrency: random.pick([1, 4, 16]),
      ordered: random.chance(0.35),
      timeoutSeconds,
      retrySeconds: random.pick([[], [1], [1, 2, 5], [1, 1, 1, 1, 1, 1, 1, 1, 1], [2, 5, 10, 20]]),
    },
    addedAtMs: random.chance(0.5) ? 0 : random.between(0, quietFromMs),
    receiver: {
      moods,
      slowMs: random.pick([5, 50, 500, 0.9 * timeoutSeconds * 1000]),
    },
  };
}
