import { wantedTypes } from './event-types.ts';
import type { Item, Wanted } from './item.ts';
import { Pace } from './pace.ts';
import type { Endpoint, HeldShard, Lane, Mark, Message, Position, Retry } from './ports.ts';
import { type Held, type Loaded, Queue } from './queue.ts';
import { Windows } from './windows.ts';

/** Ids of messages that an endpoint holds at most; what comes then stays in its lane. */
const MOST_WAITING = 1_000;
/** Below this many, it reads on in its lane. */
const FEW_WAITING = 200;
/** While all endpoints together hold more ids, each takes only a few. */
const CROWDED = 100_000;
const MOST_WHEN_CROWDED = 10;

/**
 * One endpoint, in memory of the one process that serves it: how far it is in its lane, and whether it may send now. An
 * endpoint that cannot send stops reading its lane, whatever arrives there.
 */
export class Line {
  readonly shard: HeldShard;
  readonly pace: Pace;
  readonly queue: Queue;
  /** Lanes below may hold what an earlier owner has settled, by attempts with ids from `recoverFrom` on. */
  recoverBelow: Position = 0n;
  readonly recoverFrom: string;
  /** The position from which on its lane is to be read; undefined when everything that the tail brought was taken. */
  behindFrom: Position | undefined;
  /** Its lane is being read. */
  reading = false;
  /** It is known where it is in its lane; before, nothing begins. */
  isOpen = false;
  /** Its retries were read; before, nothing begins. */
  retriesKnown = false;
  /** The shard is given up: nothing begins. */
  leaving = false;
  /** Results that are not written down yet. */
  unrecorded = 0;
  /** Whether its mark may have moved, or its health has changed, since it was written. */
  dirty = false;
  /** Host and port of its URL. */
  host = '';
  /** Lanes below are not for it, or were settled when it was taken over. */
  readonly #since: Position;
  readonly #held: Held;
  readonly #windows = new Windows();
  #endpoint: Endpoint;
  #isDropped = false;

  constructor(endpoint: Endpoint, shard: HeldShard, mark: Mark, held: Held) {
    this.shard = shard;
    this.#endpoint = endpoint;
    this.#held = held;
    this.pace = new Pace(endpoint, mark);
    this.queue = new Queue(this.pace, held);
    this.#since = mark.xid;
    this.behindFrom = mark.xid;
    this.recoverFrom = mark.factsFrom;
    this.#applySettings();
  }

  #applySettings(): void {
    this.host = hostOf(this.#endpoint.url);
    this.queue.ordered = this.#endpoint.ordered;
    this.queue.wants = wantedTypes(this.#endpoint.eventTypes);
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /** The process has lost its shard, or the endpoint is gone: nothing begins, and only facts are written. */
  get dropped(): boolean {
    return this.#isDropped;
  }

  get #isActive(): boolean {
    return this.#endpoint.state === 'active' && this.#endpoint.problem === undefined;
  }

  /** Whether nothing is sent for long: what is loaded would only take memory that other endpoints need. */
  get rests(): boolean {
    return !this.#isActive || this.pace.rests;
  }

  get #sends(): boolean {
    return this.#isActive && this.isOpen && this.retriesKnown && !this.#isDropped && !this.leaving;
  }

  drop(): void {
    this.#isDropped = true;
    this.queue.close();
  }

  /** Takes over changed settings; what is in flight goes on. */
  update(endpoint: Endpoint): void {
    const isBack = this.#endpoint.state !== 'active' && endpoint.state === 'active';
    this.#endpoint = endpoint;
    this.#applySettings();
    this.pace.update(endpoint);
    if (!isBack) return;
    this.pace.reset();
    this.dirty = true;
  }

  /** It is disabled; the store is told, too. */
  disable(): void {
    this.#endpoint = { ...this.#endpoint, state: 'disabled' };
  }

  get #mostWaiting(): number {
    return this.#held.ids > CROWDED ? MOST_WHEN_CROWDED : MOST_WAITING;
  }

  /** Whether it takes what the tail brings now. It does not while it cannot send: a lane costs nothing, memory does. */
  get takesMore(): boolean {
    return this.#sends && !this.pace.isOpen && this.takesPage;
  }

  /** Whether it takes a further lane of a page that was read for it. */
  get takesPage(): boolean {
    return this.queue.ids < this.#mostWaiting;
  }

  /** Whether it should read on in its lane. A probe needs one message at most. */
  get wantsLane(): boolean {
    if (this.behindFrom === undefined || !this.#sends) return false;
    if (this.queue.ids >= Math.min(FEW_WAITING, this.#mostWaiting)) return false;
    return !this.pace.isOpen || (this.queue.fromLane === 0 && !this.queue.due.hasProbe(Date.now()));
  }

  /** Whether the store has retries that it needs now. */
  get wantsRetries(): boolean {
    return this.queue.due.hasMore && this.queue.due.size === 0;
  }

  /** Takes a lane in. @param settled those of its messages that are settled already */
  push(lane: Lane, settled?: ReadonlySet<string>): void {
    if (lane.xid < this.#since) return; // it was committed late, or before the endpoint was added
    const ids = settled === undefined ? lane.ids : lane.ids.filter((id) => !settled.has(id));
    if (ids.length === 0) return;
    const firstFact = ids.length < lane.ids.length ? this.recoverFrom : undefined;
    const window = this.#windows.open(lane.xid, ids.length, firstFact);
    const { number: endpoint } = this.#endpoint;
    this.queue.add(ids.map((messageId) => ({ endpoint, unit: 0, messageId, window, retry: undefined })));
  }

  /** How far it is. @param tail all lanes below were read @param now an id for "attempts from now on" */
  mark(tail: Position, now: string): Mark {
    const xid = larger(this.#since, this.#windows.first ?? this.behindFrom ?? tail);
    return {
      endpoint: this.#endpoint.number,
      xid,
      // Lanes that are to be read yet, and lanes without anything left to do, have no window that knows of earlier attempts.
      factsFrom: xid < this.recoverBelow ? this.recoverFrom : (this.#windows.firstFact ?? now),
      ...this.pace.health.written,
    };
  }

  /** Whether a delivery can begin now. */
  get ready(): boolean {
    return (
      this.#sends && this.queue.inFlight < this.pace.capacity && this.queue.hasNext && this.pace.waitMs === 0
    );
  }

  /** After how long to look at it again although nothing happens to it; undefined when there is no such time. */
  get wakeInMs(): number | undefined {
    if (!this.#sends) return undefined;
    const nowMs = Date.now();
    const { due, hasNext } = this.queue;
    const { waitMs } = this.pace;
    const loadsThen = waitMs > 0 && this.queue.ids > 0;
    const needsNone = hasNext || loadsThen || (this.pace.isOpen && due.hasProbe(nowMs));
    const dueInMs = needsNone || due.first === undefined ? 0 : due.first.dueAtMs - nowMs;
    const inMs = Math.max(waitMs, dueInMs);
    return inMs > 0 ? inMs : undefined;
  }

  isHungry(nowMs: number): boolean {
    return this.#sends && this.queue.isHungry(nowMs);
  }

  /** Takes the next delivery out; its request begins. */
  take(): Item | undefined {
    const item = this.queue.take();
    if (item !== undefined) this.pace.began();
    return item;
  }

  load(wanted: readonly Wanted[], messages: ReadonlyMap<string, Message>, nowMs: number): Loaded {
    const loaded = this.queue.load(wanted, messages, nowMs);
    for (const each of loaded.skipped) this.#settleInWindow(each);
    return loaded;
  }

  /** What became of a delivery is written down. @param retry how it goes on; undefined when it is settled */
  recorded(wanted: Wanted, retry: Retry | undefined): void {
    this.queue.recorded(wanted, retry);
    this.#settleInWindow(wanted);
  }

  #settleInWindow({ window }: Wanted): void {
    if (window !== undefined) window.pending -= 1;
    this.dirty = true;
  }
}

function larger(a: Position, b: Position): Position {
  return a > b ? a : b;
}

/** A URL that cannot be read is an outcome of the request. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}
