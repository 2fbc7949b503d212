import { Change } from '../waiting/change.ts';
import type { Gate } from '../waiting/gate.ts';
import type { Wanted } from './item.ts';
import type { Line } from './line.ts';
import type { Held, Loaded } from './queue.ts';
import { type DeliveryStore, DeliveryStoreError, type Message } from './ports.ts';
import { MOST_HELD } from './due.ts';

/** Messages that one query loads at most, of about this size in all if they are as large as the largest of the last one. */
const MOST_MESSAGES = 500;
const MOST_BYTES = 8 * 1024 * 1024;
/** The first query, which knows of no size: what is too much for the memory would be loaded again after each start. */
const FIRST_MESSAGES = 8;
/** While the messages that wait to be sent take more, only lines that have none load one. */
const FULL_PAYLOAD = 32 * 1024 * 1024;
const CONNECTIONS = 2;
/** Endpoints whose retries one query reads. */
const RETRIES_AT_ONCE = 100;

interface LoaderParts {
  readonly held: Held;
  readonly store: Pick<DeliveryStore, 'messages' | 'retries'>;
  readonly gate: Gate;
  readonly loaded: (line: Line, loaded: Loaded) => void;
  /** The line's retries were read. */
  readonly touched: (line: Line) => void;
}

/** Loads the messages that lines are about to send, for many lines at a time, and the retries that they do not hold. */
export class Loader {
  readonly #parts: LoaderParts;
  readonly #change = new Change();
  readonly #hungry = new Set<Line>();
  readonly #wantRetries = new Set<Line>();
  #most = FIRST_MESSAGES;

  constructor(parts: LoaderParts) {
    this.#parts = parts;
  }

  /** The line may have something to load, or need no more what is loaded. */
  look(line: Line): void {
    if (line.rests) line.queue.putBack();
    if (line.wantsRetries) this.readRetries([line]);
    if (!line.isHungry(Date.now())) return;
    this.#hungry.add(line);
    this.#change.wake();
  }

  /** Reads the retries of these lines from the store. */
  readRetries(lines: Iterable<Line>): void {
    for (const line of lines) this.#wantRetries.add(line);
    this.#change.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => this.#load({ i }, signal)));
  }

  async #load(by: object, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#wantRetries.size > 0) await this.#loadRetries(by, signal);
      const wanted = this.#gather();
      if (wanted.length === 0) {
        if (this.#wantRetries.size === 0) await this.#change.next(signal);
        continue;
      }
      try {
        const messages = await this.#parts.store.messages([
          ...new Set(wanted.flatMap(({ items }) => items.map(({ messageId }) => messageId))),
        ]);
        this.#parts.gate.succeeded(by);
        this.#distribute(wanted, messages);
      } catch (error) {
        for (const { line, items } of wanted) line.queue.unload(items);
        if (!(error instanceof DeliveryStoreError)) throw error;
        for (const { line } of wanted) this.#hungry.add(line);
        await this.#parts.gate.failed(by, error, signal, 1_000);
      }
    }
  }

  #gather(): { readonly line: Line; readonly items: Wanted[] }[] {
    const nowMs = Date.now();
    const most = this.#most;
    const gathered: { line: Line; items: Wanted[] }[] = [];
    let count = 0;
    for (const line of this.#hungry) {
      if (count >= most) break;
      this.#hungry.delete(line);
      if (!line.isHungry(nowMs)) continue;
      const isFull = this.#parts.held.payload > FULL_PAYLOAD;
      if (isFull && line.queue.holdsMessages) continue; // looked at again when one of them was sent
      const items = line.queue.toLoad(nowMs, isFull ? 1 : most - count);
      if (items.length === 0) continue;
      count += items.length;
      gathered.push({ line, items });
    }
    return gathered;
  }

  #distribute(
    wanted: readonly { readonly line: Line; readonly items: Wanted[] }[],
    messages: readonly Message[],
  ): void {
    const byId = new Map(messages.map((message) => [message.id, message]));
    const largest = messages.reduce((most, { payload }) => Math.max(most, payload.length), 64);
    this.#most = Math.max(1, Math.min(2 * this.#most, Math.floor(MOST_BYTES / largest), MOST_MESSAGES));
    const nowMs = Date.now();
    for (const { line, items } of wanted) {
      const loaded = line.load(items, byId, nowMs);
      this.#parts.loaded(line, loaded);
    }
  }

  async #loadRetries(by: object, signal: AbortSignal): Promise<void> {
    const lines = [...this.#wantRetries].slice(0, RETRIES_AT_ONCE);
    for (const line of lines) this.#wantRetries.delete(line);
    const readings = lines.map((line) => ({ line, reading: line.queue.due.beginReading() }));
    try {
      const rows = await this.#parts.store.retries(
        lines.map(({ endpoint }) => endpoint.number),
        MOST_HELD,
      );
      this.#parts.gate.succeeded(by);
      const byEndpoint = Map.groupBy(rows, ({ endpoint }) => endpoint);
      for (const { line, reading } of readings) {
        line.queue.due.endReading(reading, byEndpoint.get(line.endpoint.number) ?? []);
        line.retriesKnown = true;
        this.#parts.touched(line);
      }
    } catch (error) {
      for (const { line, reading } of readings) {
        line.queue.due.endReading(reading, undefined);
        this.#wantRetries.add(line);
      }
      if (!(error instanceof DeliveryStoreError)) throw error;
      await this.#parts.gate.failed(by, error, signal, 1_000);
    }
  }
}
