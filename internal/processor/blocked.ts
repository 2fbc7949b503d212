import type { Work } from './batcher.ts';
import type { Log } from './ports.ts';
import { namesOf, type WorkNames } from './units.ts';
import { Change } from '../waiting/change.ts';
import { sleep } from '../waiting/sleep.ts';

/** Pause between two rounds of tries. */
const ROUND_MS = 1_000;

/** Every fourth try of a unit looks for the single event that waits. */
const APART_EVERY = 4;

interface BlockedParts {
  /** How many events are tried in one statement. */
  readonly batchEvents: number;
  /** Limits of what waits here; what is beyond goes back to the queue for a while, so that others keep their room. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly log: Log;
  /** Tries events of one unit again; `apart` stores those that can be. Returns those that still wait. */
  readonly retry: (works: readonly Work[], apart: boolean) => Promise<readonly Work[]>;
  /** All of a message group was brought to its end. */
  readonly done: (group: string) => void;
  /** Gives back what there is no room for. */
  readonly postpone: (works: readonly Work[]) => void;
}

interface BlockedUnit {
  /** Events that wait, without those being tried. */
  works: Work[];
  readonly group: string | undefined;
  readonly names: WorkNames;
  tries: number;
}

/**
 * Events that wait for the lock of a row (registry or ledger) which another session holds, as an application that shares the
 * database may. They are tried again from here, and later events that would wait for the same lock join them, so that no
 * batch of other events ever waits.
 */
export class Blocked {
  readonly #parts: BlockedParts;
  readonly #units = new Map<string, BlockedUnit>();
  /** How many units of each client and event type wait. */
  readonly #clients = new Map<string, number>();
  readonly #eventTypes = new Map<string, number>();
  readonly #change = new Change();
  #events = 0;
  #bytes = 0;

  constructor(parts: BlockedParts) {
    this.#parts = parts;
  }

  /** Events that wait. */
  get events(): number {
    return this.#events;
  }

  /** Whether an event belongs behind those that wait: of the same unit, or of a client or event type of which two wait. */
  holds(work: Work): boolean {
    if (this.#units.size === 0) return false;
    const { unit, client, eventType } = namesOf(work);
    if (this.#units.has(unit)) return true;
    if (work.held.group !== undefined) return false;
    return (this.#clients.get(client) ?? 0) > 1 || (this.#eventTypes.get(eventType) ?? 0) > 1;
  }

  add(works: readonly Work[]): void {
    if (works.length === 0) return;
    if (this.#units.size === 0)
      this.#parts.log.warn(
        { events: works.length },
        'events wait for a lock that another session of PostgreSQL holds; all others go on',
      );
    const tooMany: Work[] = [];
    for (const work of works) {
      // A message group stays whole, for its order; its followers wait in the batcher, so few are here.
      if (work.held.group === undefined && this.#isFull()) tooMany.push(work);
      else this.#keep(work);
    }
    if (tooMany.length > 0) this.#parts.postpone(tooMany);
    this.#change.wake();
  }

  /** Takes out the events of a message group and returns them. */
  takeBack(group: string): Work[] {
    const works = this.#units.get(group)?.works.splice(0) ?? [];
    this.#count(works, -1);
    return works;
  }

  /** Tries what waits every second, and once more at the end. */
  async run(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      if (this.#units.size === 0) await this.#change.next(end);
      else {
        await sleep(ROUND_MS, end);
        if (!end.aborted) await this.#round();
      }
    }
    await this.#round();
  }

  #isFull(): boolean {
    return this.#events >= this.#parts.maxEvents || this.#bytes >= this.#parts.maxBytes;
  }

  #keep(work: Work): void {
    const names = namesOf(work);
    let unit = this.#units.get(names.unit);
    if (unit === undefined) {
      unit = { works: [], group: work.held.group, names, tries: 0 };
      this.#units.set(names.unit, unit);
      change(this.#clients, names.client, 1);
      change(this.#eventTypes, names.eventType, 1);
    }
    unit.works.push(work);
    this.#count([work], 1);
  }

  #count(works: readonly Work[], sign: 1 | -1): void {
    this.#events += sign * works.length;
    for (const { bytes } of works) this.#bytes += sign * bytes;
  }

  /** Units that share a client or a type with one that waited in this round are left to the next. */
  async #round(): Promise<void> {
    const clients = new Set<string>();
    const eventTypes = new Set<string>();
    const units = Array.from(this.#units.values()); // a copy: those that wait on are moved to the end
    for (const unit of units) {
      const { unit: name, client, eventType } = unit.names;
      if (clients.has(client) || eventTypes.has(eventType) || (await this.#passes(unit))) continue;
      clients.add(client);
      eventTypes.add(eventType);
      // To the end: another of its kind is tried first in the next round.
      this.#units.delete(name);
      this.#units.set(name, unit);
    }
  }

  async #passes(unit: BlockedUnit): Promise<boolean> {
    const { batchEvents, retry } = this.#parts;
    while (unit.works.length > 0) {
      const works = unit.works.splice(0, batchEvents);
      unit.tries += 1;
      const waiting = await retry(works, unit.tries % APART_EVERY === 0);
      unit.works = [...waiting, ...unit.works];
      const waits = new Set(waiting);
      this.#count(
        works.filter((work) => !waits.has(work)),
        -1,
      );
      if (waiting.length > 0) return false;
    }
    this.#forget(unit);
    return true;
  }

  #forget({ names, group }: BlockedUnit): void {
    this.#units.delete(names.unit);
    change(this.#clients, names.client, -1);
    change(this.#eventTypes, names.eventType, -1);
    if (group !== undefined) this.#parts.done(group);
    if (this.#units.size === 0) this.#parts.log.info({}, 'no event waits for a lock any more');
  }
}

function change(counts: Map<string, number>, name: string, by: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
