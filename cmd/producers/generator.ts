import { badEvent } from './bad-events.ts';
import { type Draft, envelope, type GeneratedEvent, type GeneratedMessage } from './events.ts';
import type { Options } from './options.ts';

/** Repeats are drawn from so many of the latest good events of a tenant. */
const REMEMBERED = 1_000;

const PRODUCERS = [
  { type: 'monitor-app', client: 'client-1' },
  { type: 'transaction-app', client: 'client-2' },
  { type: 'user-app', client: 'client-3' },
] as const;

const NAMES = ['Zoë', 'Jürgen', 'Ольга', '美咲', 'سارة', 'Ndidi', 'Søren', "O'Brien"];

type GeneratorOptions = Pick<Options, 'tenants' | 'bad' | 'duplicates' | 'batch' | 'format' | 'seed'>;

/** Generates events without end; the same options give the same events in the same order. */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #random: () => number;
  readonly #remembered = new Map<string, GeneratedEvent[]>();
  #generated = 0;
  #messages = 0;

  constructor(options: GeneratorOptions) {
    this.#options = options;
    this.#random = mulberry32(options.seed);
  }

  /** The next SQS message, with at most so many events. Tenants take turns. */
  next(maxEvents: number): GeneratedMessage {
    const { tenants, batch } = this.#options;
    const tenant = tenants[this.#messages++ % tenants.length] as string;
    const events: GeneratedEvent[] = [];
    while (events.length < Math.min(batch, maxEvents)) {
      const event = this.#event(tenant);
      if (event.raw) return this.#alone(event, events);
      events.push(event);
    }
    const [only] = events;
    const body =
      batch === 1 && only !== undefined ? only.json : `[${events.map(({ json }) => json).join(',')}]`;
    return { tenant, body, events };
  }

  // What is not JSON cannot stand in an array: it goes alone, and what was made for the array comes next.
  #alone(event: GeneratedEvent, others: readonly GeneratedEvent[]): GeneratedMessage {
    this.#waiting.push(...others);
    return { tenant: event.tenant, body: event.json, events: [event] };
  }

  readonly #waiting: GeneratedEvent[] = [];

  #event(tenant: string): GeneratedEvent {
    const waiting = this.#waiting.findIndex((event) => event.tenant === tenant);
    if (waiting !== -1) return this.#waiting.splice(waiting, 1)[0] as GeneratedEvent;
    const dice = this.#random();
    const { bad, duplicates, format } = this.#options;
    const draft = this.#draft(tenant);
    if (dice < bad) return badEvent(draft, format, this.#random());
    const remembered = this.#remembered.get(tenant) ?? [];
    if (dice < bad + duplicates && remembered.length > 0) {
      const earlier = remembered[Math.floor(this.#random() * remembered.length)] as GeneratedEvent;
      return { ...earlier, kind: 'duplicate' };
    }
    const event = { id: draft.id, tenant, kind: 'good', json: envelope(draft, format), raw: false } as const;
    this.#remember(tenant, remembered, event);
    return event;
  }

  #remember(tenant: string, remembered: GeneratedEvent[], event: GeneratedEvent): void {
    if (remembered.length < REMEMBERED) remembered.push(event);
    else remembered[this.#generated % REMEMBERED] = event;
    this.#remembered.set(tenant, remembered);
  }

  #draft(tenant: string): Draft {
    const { type, client } = PRODUCERS[this.#generated % PRODUCERS.length] as (typeof PRODUCERS)[number];
    this.#generated += 1;
    return { id: this.#uuid(), tenant, client, type, payload: this.#payload(type) };
  }

  #payload(type: (typeof PRODUCERS)[number]['type']): object {
    const random = this.#random;
    const pick = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)];
    switch (type) {
      case 'monitor-app':
        return {
          host: `web-${Math.floor(random() * 20)}`,
          cpu_percent: Math.round(random() * 1000) / 10,
          memory_bytes: Math.floor(random() * 2 ** 34),
        };
      case 'transaction-app':
        return {
          account: `DE${String(Math.floor(random() * 1e12)).padStart(12, '0')}`,
          amount: Math.round(random() * 1e6) / 100,
          currency: pick(['EUR', 'USD', 'JPY']),
        };
      case 'user-app':
        return { user: pick(NAMES), action: pick(['login', 'logout', 'purchase', 'view']), attempt: 1 };
    }
  }

  #uuid(): string {
    const hex = Array.from({ length: 4 }, () =>
      Math.floor(this.#random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

/** A small seeded generator of numbers from 0 to 1 (Tommy Ettinger's mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
