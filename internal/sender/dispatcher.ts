import { Change } from '../waiting/change.ts';
import { Alarms } from './alarms.ts';
import { Caps } from './caps.ts';
import type { Item } from './item.ts';
import type { Line } from './line.ts';
import type { Lines } from './lines.ts';
import { Turns } from './turns.ts';

/** How often it looks whether what held everything up is over: a store that was away, a lease that was not renewed. */
const HEARTBEAT_MS = 200;
/** What is due by the wall clock is looked at that often: it may have been set right. Longer timers of Node fire at once, too. */
const MOST_WAIT_MS = 60_000;

interface DispatcherParts {
  readonly lines: Lines;
  /** Requests in flight at most. */
  readonly concurrency: number;
  /** The same, to one host. */
  readonly hostConcurrency: number;
  /** Whether anything may begin. */
  readonly isOpen: () => boolean;
  /** Whether a request that takes that long may begin for the line. */
  readonly lastsFor: (milliseconds: number) => boolean;
  /** A message was taken from what the line holds: it may want more. */
  readonly taken: (line: Line) => void;
  /** Makes the request; resolves when its outcome is known. */
  readonly attempt: (line: Line, item: Item) => Promise<void>;
  /** The time has come at which an endpoint is to be looked at again. */
  readonly woken: (endpoint: number) => void;
  /** An error in this program. */
  readonly failed: (error: unknown) => void;
}

/** Decides which endpoint sends next: tenants take turns, and in each its endpoints do, as far as the caps allow. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #turns = new Turns();
  readonly #alarms = new Alarms();
  readonly #caps: Caps;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isScheduled = false;
  readonly #quiet = new Change();

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#caps = new Caps({ process: parts.concurrency, host: parts.hostConcurrency });
  }

  get inFlight(): number {
    return this.#caps.inFlight;
  }

  /** Something about the line has changed: it may be able to send now, or no more. */
  look(line: Line): void {
    if (line.dropped) return; // the endpoint may have another line already, whose turn is not to be touched
    const { number, tenantId } = line.endpoint;
    if (line.ready) {
      this.#turns.add(tenantId, number);
      this.#schedule();
      return;
    }
    this.#turns.remove(number);
    const inMs = line.wakeInMs;
    if (inMs !== undefined) this.#wakeAt(number, performance.now() + Math.min(inMs, MOST_WAIT_MS));
  }

  forget(line: Line): void {
    this.#turns.remove(line.endpoint.number);
  }

  /** Sends until the signal; what is in flight goes on. */
  run(drain: AbortSignal): void {
    const heartbeat = setInterval(() => this.#pump(), HEARTBEAT_MS);
    const end = () => {
      clearInterval(heartbeat);
      clearTimeout(this.#timer);
    };
    if (drain.aborted) end();
    else drain.addEventListener('abort', end, { once: true });
  }

  /** Resolves when nothing is in flight. */
  async quiet(): Promise<void> {
    while (this.inFlight > 0) await this.#quiet.next();
  }

  /** In a turn of its own, so that what ends together begins together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { lines, isOpen } = this.#parts;
    while (isOpen()) {
      const othersWait = this.#turns.tenants > 1;
      const number = this.#turns.next(
        (endpoint) => this.#mayBegin(endpoint),
        (tenant) => this.#caps.admitsTenant(tenant, othersWait),
      );
      const line = number === undefined ? undefined : lines.get(number);
      if (line === undefined) return;
      const item = line.take();
      if (item !== undefined) {
        void this.#begin(line, item);
        this.#parts.taken(line);
      }
      this.look(line);
    }
  }

  #mayBegin(endpoint: number): boolean {
    const line = this.#parts.lines.get(endpoint);
    if (line === undefined || !line.ready) return false;
    return this.#caps.admitsHost(line.host) && this.#parts.lastsFor(line.endpoint.timeoutSeconds * 1000);
  }

  async #begin(line: Line, item: Item): Promise<void> {
    const { host } = line;
    const { tenantId } = line.endpoint;
    this.#caps.begin(tenantId, host);
    try {
      await this.#parts.attempt(line, item);
    } catch (error) {
      this.#parts.failed(error);
    }
    this.#caps.end(tenantId, host);
    this.look(line);
    this.#schedule();
    if (this.inFlight === 0) this.#quiet.wake();
  }

  /** @param atMs by the monotonic clock */
  #wakeAt(endpoint: number, atMs: number): void {
    this.#alarms.set(endpoint, atMs);
    if (atMs < this.#timerAtMs) this.#arm(atMs);
  }

  #arm(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => this.#ring(), Math.max(0, atMs - performance.now()));
  }

  #ring(): void {
    const nowMs = performance.now();
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    for (const number of this.#alarms.ring(nowMs)) this.#parts.woken(number);
    const next = this.#alarms.nextMs;
    if (next !== undefined && next < this.#timerAtMs) this.#arm(next);
  }
}
