import { Change } from '../waiting/change.ts';
import { sleep } from '../waiting/sleep.ts';
import type { Work } from './batcher.ts';
import type { Log } from './ports.ts';
import { groupName, namesOf } from './units.ts';

/** Pause between two rounds of tries. */
const ROUND_MS = 1_000;

/** Every fourth try of events whose lock is not known looks for the single event that waits. */
const APART_EVERY = 4;

/** A decided event that waits for a lock which another session holds. */
export interface Waiting {
  readonly work: Work;
  /** Name of the row of the registry that is locked, as far as known. */
  readonly row: string | undefined;
}

interface BlockedParts {
  /** How many events are tried in one statement. */
  readonly batchEvents: number;
  /** Limits of what waits here; what is beyond goes back to the queue for a while, so that others keep their room. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly log: Log;
  /** Tries events again; `apart` looks for the single ones that wait. Returns those that still wait. */
  readonly retry: (works: readonly Work[], apart: boolean) => Promise<readonly Waiting[]>;
  /** Called when all events of a message group are finished. */
  readonly done: (group: string) => void;
  /** Gives back what there is no room for. */
  readonly postpone: (works: readonly Work[]) => void;
}

/** Events that wait for the same row; or, while that is not known, those of a client and type; or a message group. */
interface Line {
  readonly name: string;
  readonly kind: 'row' | 'unit' | 'group';
  /** Events that wait, without those being tried. */
  works: Work[];
  tries: number;
}

/**
 * Events that wait for the lock of a row (registry or ledger) which another session holds, as an application that shares the
 * database may. They are tried again from here, and later events that need the same row join them, so that no batch of
 * other events ever waits.
 */
export class Blocked {
  readonly #parts: BlockedParts;
  readonly #lines = new Map<string, Line>();
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

  /** Whether an event belongs behind those that wait: it needs the same row, or is of the same client and type, or group. */
  holds(work: Work): boolean {
    if (this.#lines.size === 0) return false;
    const { unit, client, eventType } = namesOf(work);
    if (this.#lines.has(unit)) return true;
    if (work.held.group !== undefined) return false;
    return this.#lines.has(client) || this.#lines.has(eventType);
  }

  /** Takes in events that were found waiting. */
  add(waiting: readonly Waiting[]): void {
    if (waiting.length === 0) return;
    if (this.#lines.size === 0)
      this.#parts.log.warn(
        { events: waiting.length },
        'events wait for a lock that another session of PostgreSQL holds; all others go on',
      );
    const tooMany: Work[] = [];
    for (const each of waiting) {
      // A message group stays whole, for its order; its followers wait in the batcher, so few are here.
      if (each.work.held.group === undefined && this.#isFull()) tooMany.push(each.work);
      else this.#keep(each);
    }
    if (tooMany.length > 0) this.#parts.postpone(tooMany);
    this.#change.wake();
  }

  /** Takes in events that belong behind those that wait. */
  join(works: readonly Work[]): void {
    this.add(works.map((work) => ({ work, row: this.#rowOf(work) })));
  }

  /** Takes out the events of a message group and returns them. */
  takeBack(group: string): Work[] {
    const works = this.#lines.get(groupName(group))?.works.splice(0) ?? [];
    this.#count(works, -1);
    return works;
  }

  /** Tries what waits every second, and once more at the end. */
  async run(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      if (this.#lines.size === 0) await this.#change.next(end);
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

  #rowOf(work: Work): string | undefined {
    const { client, eventType } = namesOf(work);
    return [client, eventType].find((name) => this.#lines.has(name));
  }

  #waits(work: Work): boolean {
    const { unit, client, eventType } = namesOf(work);
    return [unit, client, eventType].some((name) => (this.#lines.get(name)?.works.length ?? 0) > 0);
  }

  #keep({ work, row }: Waiting): void {
    const { unit } = namesOf(work);
    const kind = work.held.group !== undefined ? 'group' : row !== undefined ? 'row' : 'unit';
    const name = kind === 'row' ? (row as string) : unit;
    const line = this.#lines.get(name) ?? { name, kind, works: [], tries: 0 };
    line.works.push(work);
    this.#lines.set(name, line);
    this.#count([work], 1);
  }

  #count(works: readonly Work[], sign: 1 | -1): void {
    this.#events += sign * works.length;
    for (const { bytes } of works) this.#bytes += sign * bytes;
  }

  /** First what may not wait at all: it was set aside without a try of its own, because a search took too long. */
  async #round(): Promise<void> {
    const lines = [...this.#lines.values()];
    const [together, alone] = [[] as Line[], [] as Line[]];
    for (const line of lines) (line.kind === 'unit' && !isApart(line) ? together : alone).push(line);
    await this.#tryTogether(together);
    for (const line of alone) await this.#tryAlone(line);
  }

  async #tryTogether(lines: readonly Line[]): Promise<void> {
    for (const line of lines) line.tries += 1;
    const works = lines.flatMap((line) => line.works.splice(0));
    while (works.length > 0) {
      const batch = works.splice(0, this.#parts.batchEvents);
      // What an earlier batch of this round found waiting holds these up, too.
      const waiting = batch.filter((work) => this.#waits(work));
      const open = batch.filter((work) => !waiting.includes(work));
      this.#count(waiting, -1);
      this.join(waiting);
      if (open.length > 0) await this.#try(open, false);
    }
    for (const line of lines) this.#forgetIfEmpty(line);
  }

  /** A batch at a time, until one of its events still waits. */
  async #tryAlone(line: Line): Promise<void> {
    const { batchEvents } = this.#parts;
    while (line.works.length > 0) {
      const apart = isApart(line);
      line.tries += 1;
      if (!(await this.#try(line.works.splice(0, batchEvents), apart))) break;
    }
    this.#forgetIfEmpty(line);
  }

  /** Returns whether none of them waits any more. */
  async #try(works: readonly Work[], apart: boolean): Promise<boolean> {
    const waiting = await this.#parts.retry(works, apart);
    this.#count(works, -1);
    // In front of those that came meanwhile.
    for (const each of waiting.toReversed()) this.#putBack(each);
    return waiting.length === 0;
  }

  #putBack({ work, row }: Waiting): void {
    this.#keep({ work, row });
    const name = work.held.group === undefined && row !== undefined ? row : namesOf(work).unit;
    const { works } = this.#lines.get(name) as Line;
    works.unshift(works.pop() as Work);
  }

  #forgetIfEmpty(line: Line): void {
    const { name, kind, works } = line;
    if (works.length > 0 || this.#lines.get(name) !== line) return;
    this.#lines.delete(name);
    if (kind === 'group') this.#parts.done(name.slice(groupName('').length));
    if (this.#lines.size === 0) this.#parts.log.info({}, 'no event waits for a lock any more');
  }
}

/** Whether the next try of a line looks for the single events that wait. */
function isApart({ kind, tries }: Line): boolean {
  return kind !== 'row' && (tries + 1) % APART_EVERY === 0;
}
