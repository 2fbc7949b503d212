import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PayloadPointer } from '../event/payload-pointer.ts';
import type { ReceivedMessage } from '../event/received.ts';
import type { Delivery } from './delivery.ts';
import type { FetchedPayload, Log, Payloads } from './ports.ts';
import type { Room } from './room.ts';
import { Change, fullJitterMs, sleep } from './waiting.ts';

/** Each holds what it brings in memory, up to MAX_EXPANDED_BYTES, while the others are under way. */
const FETCHES_AT_ONCE = 4;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;

/** A message that cannot be decided as it came. */
interface Waiting {
  readonly message: ReceivedMessage;
  readonly delivery: Delivery;
  /** Where its body is; undefined while that is not known, and for most, whose body is here. */
  pointer: PayloadPointer | undefined;
  fetch: 'none' | 'running' | 'done';
  fetched: FetchedPayload | undefined;
  /** It was taken out of the line. */
  gone: boolean;
}

interface PreparerParts {
  readonly room: Pick<Room, 'bytesFree'>;
  /** Decides a message, with the body that was fetched for it. Returns where its body is, if it is to be fetched first. */
  readonly decide: (
    message: ReceivedMessage,
    delivery: Delivery,
    fetched: FetchedPayload | undefined,
  ) => PayloadPointer | undefined;
  /** Takes back a message that was in the line and is not decided: its lease ran out. */
  readonly leave: (delivery: Delivery) => void;
  readonly payloads: Payloads | undefined;
  readonly log: Log;
}

/**
 * The line of messages that need work before they can be decided: bodies to be expanded, bodies to be fetched from where
 * they are, and what follows on either in a message group. A few kB can become MAX_EXPANDED_BYTES, so a receive of ten could
 * hold the event loop, and memory, for ten times that: here one at a time is decided, once there is room for it, and
 * whatever else is due has its turn in between. Fetches take as long as they take, a few at once; what is behind them in the
 * line goes on, unless it is of the same message group.
 */
export class Preparer {
  readonly #parts: PreparerParts;
  readonly #change = new Change();
  readonly #fetches = new Set<Promise<void>>();
  #line: Waiting[] = [];
  /** Of the line, as received. They fill the room already, and only their own preparation makes it free. */
  #bytes = 0;
  #away = false;

  constructor(parts: PreparerParts) {
    this.#parts = parts;
  }

  add(message: ReceivedMessage, delivery: Delivery, pointer?: PayloadPointer): void {
    this.#line.push({ message, delivery, pointer, fetch: 'none', fetched: undefined, gone: false });
    this.#bytes += delivery.bytes;
    this.#change.wake();
  }

  /** Whether something of that message group is in the line; then what follows in it has to line up too. */
  holds(group: string): boolean {
    return this.#line.some(({ delivery }) => delivery.group === group);
  }

  /** Takes a message group out of the line, to be given back. */
  takeBack(group: string): Delivery[] {
    const taken = this.#line.filter(({ delivery }) => delivery.group === group);
    for (const waiting of taken) this.#remove(waiting);
    return taken.map(({ delivery }) => delivery);
  }

  /** Runs until the drain; what is in the line then is given back with everything that is not stored. */
  async run(drain: AbortSignal): Promise<void> {
    while (await this.#parts.room.bytesFree(() => this.#bytes, drain)) {
      const next = this.#next();
      if (next === undefined) {
        await this.#change.next(drain);
        continue;
      }
      if (next.pointer !== undefined && next.fetch === 'none') this.#startFetch(next, drain);
      else this.#decide(next);
      await nextTurn();
    }
    await Promise.all(this.#fetches);
  }

  /** The first for which something can be done now. What follows in its message group has to wait until it is decided. */
  #next(): Waiting | undefined {
    const groups = new Set<string>();
    return this.#line.find((waiting) => {
      const { group } = waiting.delivery;
      if (group !== undefined && groups.has(group)) return false;
      if (group !== undefined) groups.add(group);
      if (waiting.fetch === 'running') return false;
      return (
        waiting.pointer === undefined || waiting.fetch === 'done' || this.#fetches.size < FETCHES_AT_ONCE
      );
    });
  }

  #decide(waiting: Waiting): void {
    const { message, delivery, fetched } = waiting;
    const bytes = delivery.bytes;
    waiting.pointer = this.#parts.decide(message, delivery, fetched);
    if (waiting.pointer === undefined) this.#remove(waiting, bytes);
  }

  #remove(waiting: Waiting, bytes = waiting.delivery.bytes): void {
    waiting.gone = true;
    if (this.#line[0] === waiting) this.#line.shift();
    else this.#line = this.#line.filter((each) => each !== waiting);
    this.#bytes -= bytes;
  }

  #startFetch(waiting: Waiting, drain: AbortSignal): void {
    waiting.fetch = 'running';
    const fetch = this.#fetch(waiting, drain).finally(() => {
      this.#fetches.delete(fetch);
      this.#change.wake();
    });
    this.#fetches.add(fetch);
  }

  async #fetch(waiting: Waiting, drain: AbortSignal): Promise<void> {
    const { delivery, pointer } = waiting;
    for (let tries = 0; !drain.aborted && !waiting.gone; tries += 1) {
      if (tries > 0) await sleep(fullJitterMs(tries - 1, RETRY_BASE_MS, RETRY_CAP_MS), drain);
      if (delivery.leaseUntilMs < performance.now()) return this.#giveUp(waiting);
      const fetched = await this.#fetchOnce(pointer as PayloadPointer, drain);
      if (fetched === undefined) continue;
      waiting.fetched = fetched;
      waiting.fetch = 'done';
      return;
    }
  }

  async #fetchOnce(pointer: PayloadPointer, drain: AbortSignal): Promise<FetchedPayload | undefined> {
    const { payloads, log } = this.#parts;
    try {
      const fetched = await (payloads as Payloads).fetch(pointer, drain);
      if (this.#away) log.info({}, 'S3 is back');
      this.#away = false;
      return fetched;
    } catch (error) {
      if (!drain.aborted && !this.#away)
        log.warn({ err: error }, 'S3 does not answer; messages whose body is there wait until it does');
      this.#away = !drain.aborted;
      return undefined;
    }
  }

  /** Another processor may have it by now. What follows in its message group must not be stored before it. */
  #giveUp(waiting: Waiting): void {
    if (waiting.gone) return;
    const { group } = waiting.delivery;
    this.#remove(waiting);
    const followers = group === undefined ? [] : this.takeBack(group);
    for (const delivery of [waiting.delivery, ...followers]) this.#parts.leave(delivery);
  }
}
