import type { WireAnswer, WireRequest } from '../../../sender/wire/ports.ts';
import { SHARDS } from '../../../sender/ports.ts';
import { EPOCH_MS, type VirtualClock } from '../clock.ts';
import type { Deliveries } from './deliveries.ts';
import type { Life } from './life.ts';
import { type Fail, nameOf, type Tracked } from './tracked.ts';

/** A request that a process made. */
export interface Sent {
  readonly life: Life;
  readonly endpoint: number;
  readonly messageId: string;
  /** Of the shard, as the process knew it. */
  readonly epoch: number;
  readonly beganMs: number;
  /** It was made to find out whether the endpoint is back. */
  readonly isProbe: boolean;
  endedMs: number | undefined;
  answer: WireAnswer | undefined;
  /** The id of its fact. */
  fact: string | undefined;
  /** The epoch of the shard when the fact was written first. */
  writtenIn: number | undefined;
}

/** What a process was told by an endpoint. */
interface Told {
  readonly epoch: number;
  pausedUntilMs: number;
  /** Since when its breaker is open. */
  openSinceMs: number | undefined;
  lastProbeMs: number;
  readonly began: number[];
}

interface RequestParts {
  readonly clock: VirtualClock;
  readonly database: Deliveries;
  readonly tracked: ReadonlyMap<number, Tracked>;
  readonly fail: Fail;
}

/** All requests, and the rules that they must obey when they begin. */
export class Requests {
  readonly #parts: RequestParts;
  readonly #byDelivery = new Map<string, Sent[]>();
  readonly #inFlight = new Map<number, Set<Sent>>();
  readonly #told = new Map<string, Told>();
  count = 0;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /** In the order in which they began. */
  of(endpoint: number, messageId: string): readonly Sent[] {
    return this.#byDelivery.get(`${endpoint}/${messageId}`) ?? [];
  }

  *[Symbol.iterator](): IterableIterator<Sent> {
    for (const list of this.#byDelivery.values()) yield* list;
  }

  begin(life: Life, request: WireRequest): Sent | undefined {
    const { clock, tracked } = this.#parts;
    const endpoint = Number(request.url.split('/').at(-1));
    const messageId = request.headers['webhook-id'] ?? '';
    const of = tracked.get(endpoint);
    if (of === undefined) return this.#broken(`${life.name} sends to ${request.url}`);
    const told = this.#toldBy(life, endpoint);
    const sent: Sent = {
      life,
      endpoint,
      messageId,
      epoch: told.epoch,
      beganMs: clock.nowMs,
      isProbe: told.openSinceMs !== undefined,
      endedMs: undefined,
      answer: undefined,
      fact: undefined,
      writtenIn: undefined,
    };
    this.#check(sent, of, told);
    this.count += 1;
    told.began.push(clock.nowMs);
    told.lastProbeMs = clock.nowMs;
    const key = `${endpoint}/${messageId}`;
    this.#byDelivery.set(key, [...(this.#byDelivery.get(key) ?? []), sent]);
    const inFlight = this.#inFlight.get(endpoint) ?? new Set();
    this.#inFlight.set(endpoint, inFlight.add(sent));
    return sent;
  }

  /** The process has got the answer. */
  ended(sent: Sent, answer: WireAnswer): void {
    const { clock } = this.#parts;
    sent.endedMs = clock.nowMs;
    sent.answer = answer;
    this.#inFlight.get(sent.endpoint)?.delete(sent);
    if (answer.kind !== 'response' || answer.retryAfter === undefined) return;
    const told = this.#toldBy(sent.life, sent.endpoint);
    if (told.epoch !== sent.epoch) return;
    told.pausedUntilMs = Math.max(told.pausedUntilMs, clock.nowMs + Number(answer.retryAfter) * 1000);
  }

  /** The process has said that its breaker is open, or closed again. */
  announced(life: Life, endpoint: number, isOpen: boolean): void {
    this.#toldBy(life, endpoint).openSinceMs = isOpen ? this.#parts.clock.nowMs : undefined;
  }

  /** An operator has made it active: what was learnt counts no more. */
  reactivated(endpoint: number): void {
    for (const [key, told] of this.#told)
      if (key.endsWith(`/${endpoint}`)) Object.assign(told, { pausedUntilMs: 0, openSinceMs: undefined });
  }

  #toldBy(life: Life, endpoint: number): Told {
    const key = `${life.name}/${endpoint}`;
    const epoch = life.epochs.get(endpoint % SHARDS) ?? -1;
    const known = this.#told.get(key);
    if (known?.epoch === epoch) return known;
    const told: Told = { epoch, pausedUntilMs: 0, openSinceMs: undefined, lastProbeMs: 0, began: [] };
    this.#told.set(key, told);
    return told;
  }

  #broken(words: string): undefined {
    this.#parts.fail(words);
    return undefined;
  }

  #check(sent: Sent, of: Tracked, told: Told): void {
    const words = this.#wrong(sent, of, told);
    if (words === undefined) return;
    const stored = this.#parts.database.storedById.get(sent.messageId);
    const name = stored === undefined ? sent.messageId : nameOf(stored);
    this.#parts.fail(`${sent.life.name} sends ${name} to endpoint ${of.number} ${words}`);
  }

  #wrong(sent: Sent, of: Tracked, told: Told): string | undefined {
    return (
      this.#wrongMessage(sent, of) ??
      this.#wrongOwner(sent, of) ??
      this.#tooMany(sent, of, told) ??
      this.#again(sent, of) ??
      this.#tooEarly(sent, of, told)
    );
  }

  #wrongMessage({ messageId }: Sent, of: Tracked): string | undefined {
    const stored = this.#parts.database.storedById.get(messageId);
    if (stored === undefined) return 'that nobody stored';
    const { tenantId, clientId, eventType } = stored.message;
    if (`${tenantId}/${clientId}` !== of.client) return 'of another client';
    if (of.replays.has(messageId)) return undefined;
    if (!of.everWanted(eventType)) return `that does not want ${eventType}`;
    if (stored.committedAtMs < of.addedAtMs && stored.xid < of.since) return 'that was stored before';
    return undefined;
  }

  #wrongOwner({ life, endpoint, epoch }: Sent, of: Tracked): string | undefined {
    const { database, clock } = this.#parts;
    const shard = database.shards[endpoint % SHARDS];
    if (shard?.owner !== life.owner || shard?.epoch !== epoch) return 'without holding its shard';
    const leftMs = shard.untilMs - EPOCH_MS - clock.nowMs;
    return leftMs < of.timeoutMs ? `with a lease of ${leftMs} ms for ${of.timeoutMs}` : undefined;
  }

  #tooMany(sent: Sent, of: Tracked, told: Told): string | undefined {
    const { life, messageId, epoch } = sent;
    let same = 1;
    let mine = 1;
    for (const other of this.#inFlight.get(of.number) ?? []) {
      if (!other.life.alive || (other.life !== life && other.life.thawsAtMs > other.beganMs)) continue;
      if (other.life !== life) return `while ${other.life.name} does`;
      if (other.messageId === messageId) same += 1;
      if (other.epoch === epoch) mine += 1;
    }
    if (same > 1 + (of.replays.get(messageId) ?? 0)) return 'twice at once';
    if (mine > of.mostConcurrency) return `with ${mine} in flight`;
    if (of.ratePerSecond === null) return undefined;
    const lately = told.began.filter((atMs) => atMs > sent.beganMs - 1_000).length + 1;
    return lately > of.ratePerSecond * 1.1 + 1 ? `${lately} times in a second` : undefined;
  }

  /** What was delivered or given up is sent again only when that could not be known, or when a replay asks for it. */
  #again({ endpoint, messageId, epoch }: Sent, of: Tracked): string | undefined {
    const known = this.of(endpoint, messageId).filter(
      (sent) => isSuccess(sent.answer) && (sent.epoch === epoch || sent.writtenIn === sent.epoch),
    );
    const replays = of.replays.get(messageId) ?? 0;
    if (known.length > replays) return 'again although it was delivered';
    const isDead = this.#parts.database.deadRows.has(`${endpoint}/0/${messageId}`);
    return isDead && replays === 0 ? 'although it was given up' : undefined;
  }

  #tooEarly({ life, endpoint, messageId, beganMs }: Sent, of: Tracked, told: Told): string | undefined {
    if (beganMs < told.pausedUntilMs - 1) return `${told.pausedUntilMs - beganMs} ms before Retry-After`;
    const { deliverAfterMs = 0 } = this.#parts.database.storedById.get(messageId)?.message ?? {};
    // Once it was sent, another process may retry it although its own clock is behind.
    const isFirst = this.of(endpoint, messageId).every((sent) => sent.beganMs >= beganMs);
    if (isFirst && life.latestWallMs < deliverAfterMs && !of.replays.has(messageId))
      return 'before its deliver_after';
    if (told.openSinceMs === undefined) return undefined;
    const sinceMs = beganMs - Math.max(told.openSinceMs, told.lastProbeMs);
    return sinceMs < 990 ? `${sinceMs} ms after the last try although it is down` : undefined;
  }
}

export function isSuccess(answer: WireAnswer | undefined): boolean {
  return answer?.kind === 'response' && answer.status === 200;
}
