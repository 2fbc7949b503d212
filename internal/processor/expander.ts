import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PayloadPointer } from '../event/body/payload-pointer.ts';
import type { FetchedPayload, Log, Payloads, ReceivedMessage } from './ports.ts';
import type { HeldMessage } from './held.ts';
import type { Room } from './room.ts';
import { Change } from '../waiting/change.ts';
import { fullJitterMs } from '../waiting/back-off.ts';
import {
  expandedBytes,
  type FoundBefore,
  sizeOf,
  SLOW_TURNS,
  type Stage,
  STAGES,
  stageOf,
  type Undecided,
  type UndecidedMessage,
} from './undecided.ts';
import { sleep } from '../waiting/sleep.ts';

/** Each fetch holds its body in memory, up to MAX_EXPANDED_BYTES. */
const FETCHES_AT_ONCE = 4;
/** Once begun messages hold this many bytes expanded, no other is begun before one of them is decided or slow. */
const MAX_BEGUN_BYTES = 8 * 1024 * 1024;

const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;

interface ExpanderParts {
  readonly room: Pick<Room, 'bytesFree'>;
  /** Decides a message, with the body that was fetched for it, until the turn is over. Undefined when all of it is. */
  readonly decide: (
    message: ReceivedMessage,
    held: HeldMessage,
    before: FoundBefore,
  ) => Undecided | undefined;
  /** Gives back a message whose lease ran out in the line. */
  readonly leave: (held: HeldMessage) => void;
  /** Slow messages may hold this many bytes; what is beyond goes back to the queue for a while, so that others keep their room. */
  readonly maxSlowBytes: number;
  readonly postpone: (held: HeldMessage) => void;
  readonly payloads: Payloads | undefined;
  readonly log: Log;
}

/**
 * The line of messages that cannot be decided at once: compressed bodies, bodies that are in S3, messages that would hold the
 * event loop for too long, and what follows any of these in a message group. A few kB can expand to MAX_EXPANDED_BYTES, and a
 * schema can make ten thousand events take seconds. So one message at a time has a turn, once there is room for it, and other
 * work runs between turns. Messages without a turn, begun and slow ones have every third turn each; slow ones have it one
 * after the other, and a share of the room.
 * A few fetches run at once; what is behind them in the line goes on, unless it is of the same message group.
 */
export class Expander {
  readonly #parts: ExpanderParts;
  readonly #change = new Change();
  readonly #fetches = new Set<Promise<void>>();
  #line: UndecidedMessage[] = [];
  /** Bytes of the messages in the line, as received. They fill the room, and only deciding these messages frees it. */
  #bytes = 0;
  #away = false;
  #turns = 0;
  /** Messages in the line that had a turn. */
  #begun = 0;
  /** Whose turn was the last one, as a position in STAGES. */
  #stage = 0;

  constructor(parts: ExpanderParts) {
    this.#parts = parts;
  }

  add(message: ReceivedMessage, held: HeldMessage, undecided?: Undecided): void {
    const waiting: UndecidedMessage = {
      message,
      held,
      undecided,
      fetch: 'none',
      fetched: undefined,
      lastTurn: 0,
      turns: 0,
      gone: false,
    };
    this.#line.push(waiting);
    this.#bytes += held.bytes;
    this.#change.wake();
  }

  /** Whether a message of that group is in the line; then those after it must line up too. */
  holds(group: string): boolean {
    return this.#line.some(({ held }) => held.group === group);
  }

  /** Takes a message group out of the line and returns it. */
  takeBack(group: string): HeldMessage[] {
    const taken = this.#line.filter(({ held }) => held.group === group);
    for (const waiting of taken) this.#remove(waiting);
    return taken.map(({ held }) => held);
  }

  /** Runs until the drain. What is still in the line then is given back with everything else that is not stored. */
  async run(drain: AbortSignal): Promise<void> {
    while (await this.#parts.room.bytesFree(() => this.#bytes, drain)) {
      const next = this.#next();
      if (next === undefined) {
        await this.#change.next(drain);
        continue;
      }
      if (next.undecided?.kind === 'elsewhere' && next.fetch === 'none')
        this.#startFetch(next, next.undecided.pointer, drain);
      else this.#decide(next);
      await nextTurn();
    }
    await Promise.all(this.#fetches);
  }

  /**
   * Fresh, begun and slow messages take turns. Of those that are fresh or slow, the first in the line has its turn, of those
   * that are begun the one whose last turn is longest ago. Messages that follow another of their group in the line wait for it.
   */
  #next(): UndecidedMessage | undefined {
    const groups = new Set<string>();
    const first: Record<Stage, UndecidedMessage | undefined> = {
      fresh: undefined,
      begun: undefined,
      slow: undefined,
    };
    for (const waiting of this.#line) {
      const { group } = waiting.held;
      if (group !== undefined && groups.has(group)) continue;
      if (group !== undefined) groups.add(group);
      if (!this.#isReady(waiting)) continue;
      const stage = stageOf(waiting);
      const known = first[stage];
      if (known === undefined || (stage === 'begun' && waiting.lastTurn < known.lastTurn))
        first[stage] = waiting;
      // Begun and slow ones are few: they were the first in the line once.
      if (first.fresh !== undefined && this.#begun === 0) break;
    }
    // What is begun holds its body expanded: no more is begun meanwhile.
    if (first.begun !== undefined && this.#begunBytes() > MAX_BEGUN_BYTES) first.fresh = undefined;
    for (let tries = 0; tries < STAGES.length; tries += 1) {
      this.#stage = (this.#stage + 1) % STAGES.length;
      const next = first[STAGES[this.#stage] as Stage];
      if (next !== undefined) return next;
    }
    return undefined;
  }

  #begunBytes(): number {
    return this.#line.reduce((bytes, waiting) => bytes + expandedBytes(waiting), 0);
  }

  #isReady({ undecided, fetch }: UndecidedMessage): boolean {
    if (fetch === 'running') return false;
    return undecided?.kind !== 'elsewhere' || fetch === 'done' || this.#fetches.size < FETCHES_AT_ONCE;
  }

  #decide(waiting: UndecidedMessage): void {
    const { message, held, fetched, undecided } = waiting;
    const bytes = held.bytes;
    const deciding = undecided?.kind === 'begun' ? undecided.deciding : undefined;
    this.#turns += 1;
    waiting.lastTurn = this.#turns;
    if (waiting.turns === 0) this.#begun += 1;
    waiting.turns += 1;
    waiting.undecided = this.#parts.decide(message, held, { fetched, deciding });
    if (waiting.undecided === undefined) this.#remove(waiting, bytes);
    else if (waiting.turns === SLOW_TURNS) this.#boundSlow(waiting);
  }

  /** A message became slow: where others are and fill their share, it goes back, unless its order would be lost. */
  #boundSlow(waiting: UndecidedMessage): void {
    const others = this.#line.filter((each) => each !== waiting && stageOf(each) === 'slow');
    const bytes = others.reduce((sum, each) => sum + sizeOf(each), sizeOf(waiting));
    if (others.length === 0 || bytes <= this.#parts.maxSlowBytes || waiting.held.group !== undefined) return;
    this.#remove(waiting);
    this.#parts.postpone(waiting.held);
  }

  #remove(waiting: UndecidedMessage, bytes = waiting.held.bytes): void {
    waiting.gone = true;
    if (waiting.turns > 0) this.#begun -= 1;
    if (this.#line[0] === waiting) this.#line.shift();
    else this.#line = this.#line.filter((each) => each !== waiting);
    this.#bytes -= bytes;
  }

  #startFetch(waiting: UndecidedMessage, pointer: PayloadPointer, drain: AbortSignal): void {
    waiting.fetch = 'running';
    const fetch = this.#fetch(waiting, pointer, drain).finally(() => {
      this.#fetches.delete(fetch);
      this.#change.wake();
    });
    this.#fetches.add(fetch);
  }

  async #fetch(waiting: UndecidedMessage, pointer: PayloadPointer, drain: AbortSignal): Promise<void> {
    const { held } = waiting;
    for (let tries = 0; !drain.aborted && !waiting.gone; tries += 1) {
      if (tries > 0) await sleep(fullJitterMs(tries - 1, RETRY_BASE_MS, RETRY_CAP_MS), drain);
      if (held.leaseUntilMs < performance.now()) return this.#giveUp(waiting);
      const fetched = await this.#fetchOnce(pointer, drain);
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

  /** Another processor may have the message by now. What follows in its group must not be stored before it. */
  #giveUp(waiting: UndecidedMessage): void {
    if (waiting.gone) return;
    const { group } = waiting.held;
    this.#remove(waiting);
    const followers = group === undefined ? [] : this.takeBack(group);
    for (const held of [waiting.held, ...followers]) this.#parts.leave(held);
  }
}
