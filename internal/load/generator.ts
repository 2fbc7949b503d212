import { spoil } from './bad-events.ts';
import { type Format, jsonText, wrap } from './envelopes.ts';
import { PRODUCERS } from './payloads.ts';
import { derive, Random } from './random.ts';

export const EVENT_KINDS = ['good', 'duplicate', 'bad'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface GeneratedEvent {
  readonly kind: EventKind;
  readonly tenant: string;
  /** Null if it has none of its own: then its id is the SQS MessageId, with its position if in an array. */
  readonly id: string | null;
  readonly text: string;
  /** Not JSON, so it needs an SQS body of its own even if other events are sent in arrays. */
  readonly alone: boolean;
}

export interface GeneratorSettings {
  readonly seed: number;
  readonly tenants: readonly [string, ...string[]];
  readonly format: Format;
  /** Shares of all events, from 0 to 1. */
  readonly bad?: number;
  readonly duplicates?: number;
  /** Each event is to be delivered this many seconds after it is made; without it, at once. */
  readonly deliverAfter?: number;
}

/** Every second duplicate repeats one of this many good events before it; the others repeat any. */
const RECENT = 100;
/** On average, one tick in this many has a bad event. */
const TICKS_PER_BAD = 20;

/**
 * Makes events. Good event number n depends only on the seed, n, the tenants and the format, so any event can be repeated
 * without being kept, and a run with the same seed repeats the events of the last. Only the timestamps differ.
 */
export class EventGenerator {
  readonly #settings: GeneratorSettings;
  readonly #random: Random;
  #good = 0;
  #bad = 0;

  constructor(settings: GeneratorSettings) {
    this.#settings = settings;
    this.#random = new Random(settings.seed);
  }

  /** Returns the next event: good, bad or a duplicate, by their shares. */
  next(): GeneratedEvent {
    const { bad = 0, duplicates = 0 } = this.#settings;
    const draw = this.#random.next();
    if (draw < bad) return this.#nextBad();
    return draw < bad + duplicates && this.#good > 0 ? this.#duplicate() : this.#nextGood();
  }

  /** Returns one event of every producer, and sometimes a bad one. */
  tick(): GeneratedEvent[] {
    const events = PRODUCERS.map(() => this.#nextGood());
    return this.#random.chance(1 / TICKS_PER_BAD) ? [...events, this.#nextBad()] : events;
  }

  #nextGood(): GeneratedEvent {
    return this.#event('good', this.#good++);
  }

  #duplicate(): GeneratedEvent {
    const reach = this.#random.chance(0.5) ? Math.min(RECENT, this.#good) : this.#good;
    return this.#event('duplicate', this.#good - this.#random.whole(1, reach));
  }

  #event(kind: EventKind, n: number): GeneratedEvent {
    const { tenant, id, envelope } = this.#make('good', n);
    return { kind, tenant, id, text: jsonText(envelope), alone: false };
  }

  #nextBad(): GeneratedEvent {
    const { tenant, id, envelope, random } = this.#make('bad', this.#bad++);
    const { text, named, alone } = spoil(envelope, this.#settings.format, random);
    return { kind: 'bad', tenant, id: named ? id : null, text, alone };
  }

  #make(series: 'good' | 'bad', n: number) {
    const { seed, tenants, format, deliverAfter } = this.#settings;
    const time = new Date();
    const { uuid, random } = derive(`${seed} ${series} ${n}`);
    const producer = PRODUCERS[n % PRODUCERS.length] ?? PRODUCERS[0];
    const tenant = tenants[Math.floor(n / PRODUCERS.length) % tenants.length] ?? tenants[0];
    const envelope = wrap(format, {
      tenant,
      client: producer.client,
      type: producer.name,
      source: producer.name,
      id: uuid,
      payload: producer.payload(random),
      time,
      deliverAfter: deliverAfter === undefined ? undefined : new Date(time.getTime() + deliverAfter * 1000),
    });
    return { tenant, id: uuid, envelope, random };
  }
}
