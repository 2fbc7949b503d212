/** The content of the queue, the same for every contender and every queue. */
export interface LoadSpec {
  /** Number of events, not of SQS messages. */
  readonly events: number;
  readonly eventsPerMessage: number;
  /** Share of events that must be rejected, from 0 to 1. */
  readonly bad: number;
  /**
   * With 1, all events belong to the tenant `default`; with more, to `tenant-0`, `tenant-1` and so on in
   * turn.
   */
  readonly tenants: number;
  /** Number of the first event. */
  readonly firstEvent: number;
  /** `random`: ids without order, like random UUIDs. `ordered`: ids that grow with time. */
  readonly ids: 'random' | 'ordered';
}

export const PLAIN_LOAD: LoadSpec = {
  events: 10_000,
  eventsPerMessage: 1,
  bad: 0,
  tenants: 1,
  firstEvent: 0,
  ids: 'ordered',
};

const TYPES = ['monitor-app', 'transaction-app', 'user-app'] as const;

export function tenantName(n: number): string {
  return `tenant-${n}`;
}

/** Number of events that must be stored as messages; the rest must be rejected. */
export function goodEvents(spec: LoadSpec): number {
  let good = 0;
  for (let n = 0; n < spec.events; n += 1) if (!isBad(spec, n)) good += 1;
  return good;
}

/** Yields the SQS bodies. */
export function* bodies(spec: LoadSpec): Generator<string> {
  for (let n = 0; n < spec.events; n += spec.eventsPerMessage) {
    const texts: string[] = [];
    for (let i = n; i < Math.min(n + spec.eventsPerMessage, spec.events); i += 1)
      texts.push(eventText(spec, i));
    yield spec.eventsPerMessage === 1 ? (texts[0] as string) : `[${texts.join(',')}]`;
  }
}

/**
 * One event of about 300 bytes. `n` counts from 0 within the load. `occurred_at` is the time of this call.
 */
export function eventText(spec: LoadSpec, n: number): string {
  const number = spec.firstEvent + n;
  const client = isBad(spec, n) ? 'client-unknown' : `client-${(number % 3) + 1}`;
  return JSON.stringify({
    ...(spec.tenants === 1 ? {} : { tenant_id: tenantName(number % spec.tenants) }),
    event_type: TYPES[number % TYPES.length],
    client_id: client,
    source: 'bench',
    event_id: spec.ids === 'ordered' ? `event-${String(number).padStart(12, '0')}` : scattered(number),
    occurred_at: new Date().toISOString(),
    message: {
      user: `user-${number % 1_000}`,
      action: 'checkout',
      amount: (number % 10_000) / 4,
      currency: 'EUR',
      items: [number % 7, number % 11, number % 13],
      note: 'an ordinary payload of an ordinary size',
    },
  });
}

/** Spreads bad events evenly. */
function isBad({ bad }: LoadSpec, n: number): boolean {
  return Math.floor((n + 1) * bad) > Math.floor(n * bad);
}

/**
 * Maps distinct numbers to distinct texts in no order: multiplying by an odd number permutes 64-bit numbers.
 */
function scattered(n: number): string {
  return BigInt.asUintN(64, (BigInt(n) + 1n) * 0x9e3779b97f4a7c15n)
    .toString(16)
    .padStart(16, '0');
}
