import { Change } from '../waiting/change.ts';
import type { DecidedEvent } from './decide.ts';
import type { HeldMessage } from './held.ts';
import { Lines } from './lines.ts';

/** A decided event and the SQS message it came in. */
export interface Work extends DecidedEvent {
  readonly held: HeldMessage;
  /** About what it takes in a statement, all of its texts counted. */
  readonly bytes: number;
}

export interface BatchLimits {
  readonly events: number;
  readonly bytes: number;
  readonly ageMs: number;
}

/**
 * Collects work and hands it out in batches, by count, bytes or age (of the oldest, or
 * since the last batch). Tenants take turns within a batch,
 * so that an event waits for at most a batch's share of every other tenant and never for all of a flood.
 *
 * On a FIFO queue the message groups take turns instead, and a group is in one batch at a time: its followers wait until
 * that batch is done, so that nothing is stored before its predecessors.
 */
export class Batcher {
  readonly #limits: BatchLimits;
  readonly #lines = new Lines<Work>();
  /** By message group, what follows on a batch that is under way. Not counted among what is waiting. */
  readonly #followers = new Map<string, Work[]>();
  readonly #change = new Change();
  #bytes = 0;
  #oldestMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  add(works: readonly Work[]): void {
    if (this.#lines.size === 0) this.#oldestMs = performance.now();
    for (const work of works) {
      const { group } = work.held;
      const followers = group === undefined ? undefined : this.#followers.get(group);
      if (followers === undefined) this.#lineUp(work);
      else followers.push(work);
    }
    if (this.#due()) this.#change.wake();
    else this.#wakeWhenOld();
  }

  #lineUp(work: Work): void {
    this.#lines.add(work.held.group ?? tenantOf(work), work);
    this.#bytes += work.bytes;
  }

  /** The next batch as soon as one is due; an empty one when the batcher is closed and has no more. */
  async take(): Promise<Work[]> {
    while (!this.#due()) {
      if (this.#closed && this.#lines.size === 0 && this.#followers.size === 0) return [];
      await this.#change.next();
    }
    const batch = this.#fill();
    for (const { held } of batch) if (held.group !== undefined) this.#holdBack(held.group);
    return batch;
  }

  /** The batch has been brought to its end, but for what waits: its other message groups go on. */
  done(batch: readonly Work[], waiting: readonly Work[]): void {
    const groups = new Set(waiting.map(({ held }) => held.group));
    for (const { held } of batch)
      if (held.group !== undefined && !groups.has(held.group)) this.goOn(held.group);
    if (this.#closed) this.#change.wake();
  }

  /** All that was handed out of a message group has been brought to its end: what follows is handed out. */
  goOn(group: string): void {
    const followers = this.#followers.get(group);
    if (followers === undefined) return;
    this.#followers.delete(group);
    this.add(followers);
    if (this.#closed) this.#change.wake();
  }

  /** Takes out what follows on the batch under way: part of that goes back to the queue, and so must all behind it. */
  takeBack(group: string): Work[] {
    return this.#followers.get(group)?.splice(0) ?? [];
  }

  /** Hands out what is left without waiting for full batches. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#change.wake();
  }

  #holdBack(group: string): void {
    if (this.#followers.has(group)) return;
    const rest = this.#lines.remove(group);
    this.#followers.set(group, rest);
    for (const { bytes } of rest) this.#bytes -= bytes;
  }

  #due(): boolean {
    const { events, bytes, ageMs } = this.#limits;
    const waiting = this.#lines.size;
    if (waiting === 0) return false;
    if (this.#closed || waiting >= events || this.#bytes >= bytes) return true;
    return performance.now() - this.#oldestMs >= ageMs;
  }

  #wakeWhenOld(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#lines.size > 0) this.#change.wake();
        if (this.#lines.size > 0 && !this.#due()) this.#wakeWhenOld();
      },
      Math.max(1, this.#oldestMs + this.#limits.ageMs - performance.now()),
    );
  }

  #fill(): Work[] {
    const batch: Work[] = [];
    let bytes = 0;
    while (batch.length < this.#limits.events && bytes < this.#limits.bytes) {
      const work = this.#lines.take();
      if (work === undefined) break;
      batch.push(work);
      bytes += work.bytes;
    }
    this.#bytes -= bytes;
    this.#oldestMs = performance.now();
    if (this.#due()) this.#change.wake();
    else if (this.#lines.size > 0) this.#wakeWhenOld();
    return batch;
  }
}

// Events whose tenant cannot be read wait in a line of their own.
function tenantOf({ decision }: Work): string {
  return (decision.kind === 'storable' ? decision.storable.event.tenantId : decision.claims.tenantId) ?? '';
}
