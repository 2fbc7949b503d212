import { Due, isHead } from './due.ts';
import { type Item, type Wanted, withoutMessage } from './item.ts';
import type { Pace } from './pace.ts';
import type { DeliveryKey, Message, Retry } from './ports.ts';

/** Characters of payloads in memory below which endpoints load far ahead. */
const ROOMY_PAYLOAD = 4 * 1024 * 1024;

/** What all endpoints together hold in memory. */
export interface Held {
  /** Ids of messages that are not loaded. */
  ids: number;
  /** Characters of payloads that are. */
  payload: number;
}

/** What became of messages that were loaded and need not be sent now. */
export interface Loaded {
  /** Not of a type that the endpoint wants: settled, nothing is written. */
  readonly skipped: readonly Wanted[];
  /** Not to be delivered yet. */
  readonly delayed: readonly Item[];
  /** The message is gone. */
  readonly lost: readonly Wanted[];
}

/**
 * The deliveries of an endpoint that are near: taken from its lane or due again, waiting to be loaded, loaded, or in flight;
 * and which of them is next.
 */
export class Queue {
  readonly due = new Due();
  readonly #pace: Pace;
  readonly #held: Held;
  /** Taken from the lane, in its order. */
  readonly #waiting: Wanted[] = [];
  #loaded: Item[] = [];
  #loadedRetries: Item[] = [];
  #loading = 0;
  #inFlight = 0;
  #retriesInFlight = 0;
  #isClosed = false;
  /** Whether messages are delivered one at a time, in the order of the lane. */
  ordered = false;
  wants: (eventType: string) => boolean = () => true;
  /** Messages of an ordered endpoint that failed and are on their way: loaded again, in flight, or being written down. */
  readonly #heads = new Set<string>();

  constructor(pace: Pace, held: Held) {
    this.#pace = pace;
    this.#held = held;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Ids that wait to be loaded. */
  get ids(): number {
    return this.#waiting.length;
  }

  /** Messages taken from the lane that were not sent yet. */
  get fromLane(): number {
    return this.#waiting.length + this.#loaded.length + this.#loading;
  }

  /** Whether it has a message that can be sent. */
  get holdsMessages(): boolean {
    return this.#loaded.length + this.#loadedRetries.length > 0;
  }

  /** Forgets everything but what is in flight. */
  close(): void {
    this.#isClosed = true;
    this.#held.ids -= this.#waiting.splice(0).length;
    this.#takeLoaded();
  }

  /** Nothing is sent for long: what is loaded waits again, without its payload. */
  putBack(): void {
    // In order, what is being loaded now would then come before what was taken from the lane first.
    if (this.ordered && this.#loading > 0) return;
    const loaded = this.#takeLoaded();
    this.#loading += loaded.length;
    this.unload(loaded.map(withoutMessage));
  }

  #takeLoaded(): Item[] {
    const loaded = [...this.#loaded, ...this.#loadedRetries];
    for (const { message } of loaded) this.#held.payload -= message.payload.length;
    this.#loaded = [];
    this.#loadedRetries = [];
    return loaded;
  }

  /** Messages that were taken from the lane. */
  add(wanted: readonly Wanted[]): void {
    for (const each of wanted) this.#waiting.push(each);
    this.#held.ids += wanted.length;
  }

  get hasNext(): boolean {
    if (this.#loadedRetries.length > 0 && this.#retryMayGo) return true;
    return this.#loaded.length > 0 && !this.#isBlocked;
  }

  /** In order, a message that failed holds up those behind it. */
  get #isBlocked(): boolean {
    return this.ordered && (this.#heads.size > 0 || this.due.hasHead);
  }

  /** Retries take at most half of the slots while others wait. */
  get #retryMayGo(): boolean {
    if (this.#loaded.length === 0 || this.ordered) return true;
    return this.#retriesInFlight < Math.max(1, Math.floor(this.#pace.capacity / 2));
  }

  /** Takes the next delivery out, which counts as in flight until `ended`. */
  take(): Item | undefined {
    const takesRetry = this.#loadedRetries.length > 0 && this.#retryMayGo;
    const item = takesRetry ? this.#loadedRetries.shift() : this.#loaded.shift();
    if (item === undefined) return undefined;
    this.#held.payload -= item.message.payload.length;
    this.#inFlight += 1;
    if (item.retry !== undefined) this.#retriesInFlight += 1;
    return item;
  }

  /** Its request has ended. @param retry how it goes on; undefined when it is settled @param isDead settled without success */
  ended(item: Item, retry: Retry | undefined, isDead = false): void {
    this.#inFlight -= 1;
    if (item.retry !== undefined) this.#retriesInFlight -= 1;
    if (retry !== undefined) this.becomes(retry);
    // Until that is written down: after a crash it would be sent again, behind those that follow it.
    else if (isDead && item.unit === 0) this.#heads.add(item.messageId);
    else this.#isNoHead(item);
  }

  /** A delivery is about to be written down as due later. */
  becomes(retry: Retry): void {
    this.due.becomes(retry);
    if (isHead(retry)) this.#heads.add(retry.messageId);
  }

  /** What became of a delivery is written down. @param retry how it goes on; undefined when it is settled */
  recorded(wanted: Wanted, retry: Retry | undefined): void {
    if (retry === undefined) this.due.settle(wanted);
    else this.due.again(retry);
    this.#isNoHead(wanted);
  }

  /** The delivery is settled, or among those that are due. A replay of the same message is another delivery. */
  #isNoHead({ unit, messageId }: DeliveryKey): void {
    if (unit === 0) this.#heads.delete(messageId);
  }

  /** Whether it has something to load. */
  isHungry(nowMs: number): boolean {
    if (this.#pace.capacity === 0) return false;
    if (this.#pace.isOpen) return this.#isIdle && (this.#waiting.length > 0 || this.due.hasProbe(nowMs));
    const isDue = (this.due.first?.dueAtMs ?? Number.POSITIVE_INFINITY) <= nowMs;
    return (isDue && this.#retryRoom > 0) || this.#laneRoom > 0;
  }

  /** Nothing is on its way that could be sent. In order, what is loaded may wait for a message that has failed. */
  get #isIdle(): boolean {
    const sendable = this.#isBlocked ? 0 : this.#loaded.length;
    return this.#loadedRetries.length + sendable + this.#loading + this.#inFlight === 0;
  }

  get #retryRoom(): number {
    return this.#pace.capacity - this.#loadedRetries.length - this.#loading;
  }

  /**
   * More is loaded when less than what may be in flight is at hand, and then three times that; four times as much of both
   * while there is room for it: few queries load much, and what is at hand lasts until they are answered.
   */
  get #laneRoom(): number {
    // Of two queries, the later one may be answered first, or the earlier one fail: in order, one at a time.
    if (this.ordered && this.#loading > 0) return 0;
    const capacity = this.#pace.capacity * (this.#held.payload < ROOMY_PAYLOAD ? 4 : 1);
    const ahead = this.#loaded.length + this.#loading;
    return this.#waiting.length === 0 || ahead > capacity ? 0 : 3 * capacity + 2 - ahead;
  }

  /** What to load next, at most `most`; it counts as being loaded until `load` or `unload`. */
  toLoad(nowMs: number, most: number): Wanted[] {
    if (!this.isHungry(nowMs)) return [];
    const probes = this.#pace.isOpen;
    // A probe takes what failed first, due or not: so an endpoint that stays down has no more retries, however long.
    const wanted = probes
      ? this.#takeRetries(1, () => this.due.takeProbe(nowMs))
      : this.#takeRetries(Math.min(most, this.#retryRoom), () => this.due.take(nowMs));
    const room = probes ? 1 - wanted.length : Math.min(most - wanted.length, this.#laneRoom);
    if (room > 0) {
      const taken = this.#waiting.splice(0, room);
      this.#held.ids -= taken.length;
      wanted.push(...taken);
    }
    this.#loading += wanted.length;
    return wanted;
  }

  #takeRetries(most: number, take: () => Retry | undefined): Wanted[] {
    const wanted: Wanted[] = [];
    while (wanted.length < most) {
      const retry = take();
      if (retry === undefined) break;
      const { endpoint, unit, messageId } = retry;
      wanted.push({ endpoint, unit, messageId, window: undefined, retry });
      if (isHead(retry)) this.#heads.add(messageId);
    }
    return wanted;
  }

  /** Takes in the messages of what was to be loaded. */
  load(wanted: readonly Wanted[], messages: ReadonlyMap<string, Message>, nowMs: number): Loaded {
    this.#loading -= wanted.length;
    const loaded = { skipped: [] as Wanted[], delayed: [] as Item[], lost: [] as Wanted[] };
    if (this.#isClosed) return loaded;
    for (const each of wanted) {
      const message = messages.get(each.messageId);
      const isFromLane = each.retry === undefined;
      if (message === undefined) loaded.lost.push(each);
      else if (isFromLane && !this.wants(message.eventType)) loaded.skipped.push(each);
      else if (isFromLane && (message.deliverAfterMs ?? 0) > nowMs) loaded.delayed.push({ ...each, message });
      else {
        (isFromLane ? this.#loaded : this.#loadedRetries).push({ ...each, message });
        this.#held.payload += message.payload.length;
      }
    }
    return loaded;
  }

  /** They were not loaded, or are not to be: they wait again, at the front. */
  unload(wanted: readonly Wanted[]): void {
    this.#loading -= wanted.length;
    if (this.#isClosed) return;
    const fromLane = wanted.filter(({ retry }) => retry === undefined);
    this.#waiting.unshift(...fromLane);
    this.#held.ids += fromLane.length;
    for (const { retry } of wanted) {
      if (retry === undefined) continue;
      this.due.again(retry);
      this.#isNoHead(retry);
    }
  }
}
