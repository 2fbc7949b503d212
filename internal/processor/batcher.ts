import type { DecidedEvent } from './decide.ts';
import type { Delivery } from './delivery.ts';
import { Change } from '../waiting/change.ts';

/** A decided event and the SQS message it came in. */
export interface Work extends DecidedEvent {
  readonly delivery: Delivery;
  /** About what it takes in a statement. */
  readonly bytes: number;
}

export interface BatchLimits {
  readonly events: number;
  readonly bytes: number;
  readonly ageMs: number;
}

/** Work of one tenant, or of one message group of a FIFO queue, in the order of arrival. Taking moves `head`; the array is cut when half of it is taken. */
interface Line {
  works: Work[];
  head: number;
}

/**
 * Collects work and hands it out in batches, by count, bytes or age of the oldest. Tenants take turns within a batch,
 * so that an event waits for at most a batch's share of every other tenant and never for all of a flood.
 *
 * On a FIFO queue the message groups take turns instead, and a group is in one batch at a time: what comes after it is
 * held until that batch is done, so that nothing is stored before its predecessors.
 */
export class Batcher {
  readonly #limits: BatchLimits;
  readonly #lines = new Map<string, Line>();
  /** By message group, what follows on a batch that is under way. Not counted among what is waiting. */
  readonly #held = new Map<string, Work[]>();
  readonly #change = new Change();
  #waiting = 0;
  #bytes = 0;
  #oldestMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  add(works: readonly Work[]): void {
    if (this.#waiting === 0) this.#oldestMs = performance.now();
    for (const work of works) {
      const held = work.delivery.group === undefined ? undefined : this.#held.get(work.delivery.group);
      if (held === undefined) this.#lineUp(work);
      else held.push(work);
    }
    if (this.#due()) this.#change.wake();
    else this.#wakeWhenOld();
  }

  #lineUp(work: Work): void {
    const name = work.delivery.group ?? tenantOf(work);
    const line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, { works: [work], head: 0 });
    else line.works.push(work);
    this.#bytes += work.bytes;
    this.#waiting += 1;
  }

  /** The next batch as soon as one is due; an empty one when the batcher is closed and has no more. */
  async take(): Promise<Work[]> {
    while (!this.#due()) {
      if (this.#closed && this.#waiting === 0 && this.#held.size === 0) return [];
      await this.#change.next();
    }
    const batch = this.#fill();
    for (const { delivery } of batch) if (delivery.group !== undefined) this.#hold(delivery.group);
    return batch;
  }

  /** The batch has been brought to its end, but for what waits: its other message groups go on. */
  done(batch: readonly Work[], waiting: readonly Work[]): void {
    const groups = new Set(waiting.map(({ delivery }) => delivery.group));
    for (const { delivery } of batch)
      if (delivery.group !== undefined && !groups.has(delivery.group)) this.goOn(delivery.group);
    if (this.#closed) this.#change.wake();
  }

  /** All that was handed out of a message group has been brought to its end: what follows is handed out. */
  goOn(group: string): void {
    const held = this.#held.get(group);
    if (held === undefined) return;
    this.#held.delete(group);
    this.add(held);
    if (this.#closed) this.#change.wake();
  }

  /** Takes out what follows on the batch under way: part of that goes back to the queue, and so must all behind it. */
  takeBack(group: string): Work[] {
    return this.#held.get(group)?.splice(0) ?? [];
  }

  /** Hands out what is left without waiting for full batches. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#change.wake();
  }

  #hold(group: string): void {
    if (this.#held.has(group)) return;
    const line = this.#lines.get(group);
    const rest = line === undefined ? [] : line.works.slice(line.head);
    this.#lines.delete(group);
    this.#held.set(group, rest);
    this.#waiting -= rest.length;
    for (const { bytes } of rest) this.#bytes -= bytes;
  }

  #due(): boolean {
    if (this.#waiting === 0) return false;
    if (this.#closed || this.#waiting >= this.#limits.events || this.#bytes >= this.#limits.bytes)
      return true;
    return performance.now() - this.#oldestMs >= this.#limits.ageMs;
  }

  #wakeWhenOld(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#waiting > 0) this.#change.wake();
        if (this.#waiting > 0 && !this.#due()) this.#wakeWhenOld();
      },
      Math.max(1, this.#oldestMs + this.#limits.ageMs - performance.now()),
    );
  }

  #fill(): Work[] {
    const batch: Work[] = [];
    let bytes = 0;
    while (batch.length < this.#limits.events && bytes < this.#limits.bytes && this.#waiting > 0) {
      // Map keeps insertion order: a line that had its turn goes to the end.
      for (const [tenant, line] of this.#lines) {
        const work = takeFirst(line) as Work;
        batch.push(work);
        bytes += work.bytes;
        this.#waiting -= 1;
        this.#lines.delete(tenant);
        if (line.head < line.works.length) this.#lines.set(tenant, line);
        break;
      }
    }
    this.#bytes -= bytes;
    this.#oldestMs = performance.now();
    if (this.#due()) this.#change.wake();
    else if (this.#waiting > 0) this.#wakeWhenOld();
    return batch;
  }
}

function takeFirst(line: Line): Work | undefined {
  const work = line.works[line.head];
  line.head += 1;
  if (line.head > 1024 && line.head * 2 > line.works.length) {
    line.works = line.works.slice(line.head);
    line.head = 0;
  }
  return work;
}

// What cannot be read of any tenant waits in a line of its own.
function tenantOf({ decision }: Work): string {
  return (decision.kind === 'storable' ? decision.storable.event.tenantId : decision.claims.tenantId) ?? '';
}
