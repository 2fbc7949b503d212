import { Change } from '../waiting/change.ts';
import type { Gate } from '../waiting/gate.ts';
import { sleep } from '../waiting/sleep.ts';
import type { Line } from './line.ts';
import type { Lines } from './lines.ts';
import {
  type DeliveryStore,
  DeliveryStoreError,
  type Lane,
  type LanePage,
  type Position,
  StoreWentBack,
} from './ports.ts';

/** While nothing comes, the time between two looks at the lanes doubles up to this many times. */
const IDLE_TIMES = 10;
/** Lanes that one query reads of the tail. */
const TAIL_LANES = 5_000;
/** Queries for endpoints that are behind, at the same time, each for at most this many of them. */
const CATCHING_UP = 4;
const LINES_AT_ONCE = 64;
/** Such a query reads about this many messages, in at most this many lanes of an endpoint. */
const PAGE_MESSAGES = 1_000;
const PAGE_LANES = 500;

interface LaneReaderParts {
  readonly store: Pick<DeliveryStore, 'horizon' | 'lanes' | 'lanesOf' | 'behind' | 'settledAmong'>;
  readonly lines: Lines;
  readonly gate: Gate;
  /** Time between two looks at the lanes. */
  readonly pollMs: number;
  /** The store has lost commits: all lines are to be opened anew, from their marks. */
  readonly wentBack: () => void;
  /** The line has more to load, or another reason to be looked at. */
  readonly touched: (line: Line) => void;
}

/**
 * Reads the lanes: their tail for all endpoints at once, as long as these keep up, and the lane of one endpoint from its own
 * position on where it is behind.
 */
export class LaneReader {
  readonly #parts: LaneReaderParts;
  readonly #change = new Change();
  /** All lanes below were read. */
  #tail: Position | undefined;
  #arriving: Line[] = [];
  readonly #behind = new Set<Line>();
  /** Of the last page: how many messages a lane has. */
  #messagesPerLane = 20;

  constructor(parts: LaneReaderParts) {
    this.#parts = parts;
  }

  /** All lanes below were read, and taken in or left to endpoints that are behind. */
  get tail(): Position {
    return this.#tail ?? 0n;
  }

  get behind(): number {
    return this.#behind.size;
  }

  /** Begins to read for lines whose `behindFrom` is their mark; an earlier owner may have settled what is there. */
  admit(lines: readonly Line[]): void {
    this.#arriving.push(...lines);
    this.#change.wake();
  }

  /** The line may want to read on. */
  look(line: Line): void {
    if (line.behindFrom === undefined || line.dropped) this.#behind.delete(line);
    else {
      this.#behind.add(line);
      if (line.wantsLane) this.#change.wake();
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#follow(signal),
      ...Array.from({ length: CATCHING_UP }, (_, i) => this.#catchUp({ i }, signal)),
    ]);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { pollMs } = this.#parts;
    let pauseMs = pollMs;
    while (!signal.aborted) {
      const read = await this.#trying(this, signal, () => this.#readTail());
      pauseMs = (read ?? 0) > 0 ? pollMs : Math.min(IDLE_TIMES * pollMs, pauseMs * 2);
      await sleep(pauseMs, signal);
    }
  }

  /** Returns how many lanes there were. */
  async #readTail(): Promise<number> {
    const { store, lines } = this.#parts;
    const arriving = this.#arriving.splice(0);
    try {
      const horizon = await store.horizon();
      if (horizon < this.tail)
        throw new StoreWentBack('the next transaction id is less than one that was read');
      let count = 0;
      while (this.#tail !== undefined && this.#tail < horizon && lines.size > 0) {
        const { lanes, readTo } = await store.lanes(this.#tail, horizon, TAIL_LANES);
        for (const lane of lanes) this.#distribute(lane);
        count += lanes.length;
        this.#tail = readTo;
      }
      if (this.#tail === undefined || this.#tail < horizon) this.#tail = horizon;
      await this.#settleIn(arriving);
      return count;
    } catch (error) {
      this.#arriving.unshift(...arriving);
      throw error;
    }
  }

  #distribute(lane: Lane): void {
    const { lines, touched } = this.#parts;
    for (const line of lines.ofClient(lane.tenantId, lane.clientId)) {
      if (line.behindFrom !== undefined) continue;
      if (line.takesMore) line.push(lane);
      else line.behindFrom = lane.xid;
      touched(line);
    }
  }

  /** Where nothing lies between mark and tail, the line follows the tail at once. Until then it is not in `Lines`' way: it is behind. */
  async #settleIn(arriving: readonly Line[]): Promise<void> {
    const { store, touched } = this.#parts;
    const { tail } = this;
    for (let i = 0; i < arriving.length; i += TAIL_LANES) {
      const page = arriving.slice(i, i + TAIL_LANES);
      const behind = new Set(
        await store.behind(
          page.map((line) => line.mark(tail, '')),
          tail,
        ),
      );
      for (const line of page) {
        line.recoverBelow = tail;
        if (behind.has(line.endpoint.number)) line.dirty = true;
        else line.behindFrom = undefined;
        line.isOpen = true;
        touched(line);
      }
    }
  }

  async #catchUp(by: object, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const lines = this.#nextBehind();
      if (lines.length === 0) await this.#change.next(signal);
      else {
        await this.#trying(by, signal, () => this.#readOn(lines));
        for (const line of lines) {
          line.reading = false;
          this.look(line);
          this.#parts.touched(line);
        }
      }
    }
  }

  /** Those that have waited longest of the lines that want to read on. */
  #nextBehind(): Line[] {
    const next: Line[] = [];
    for (const line of this.#behind) {
      if (!line.wantsLane || line.reading) continue;
      line.reading = true;
      next.push(line);
      if (next.length === LINES_AT_ONCE) break;
    }
    for (const line of next) {
      this.#behind.delete(line);
      this.#behind.add(line); // behind the others
    }
    return next;
  }

  async #readOn(lines: readonly Line[]): Promise<void> {
    const { store } = this.#parts;
    const { tail } = this;
    const starts = lines.map(({ endpoint: { tenantId, clientId }, behindFrom = tail }) => ({
      tenantId,
      clientId,
      from: behindFrom,
    }));
    const perLine = PAGE_MESSAGES / lines.length / this.#messagesPerLane;
    const pages = await store.lanesOf(starts, tail, Math.max(1, Math.min(PAGE_LANES, Math.ceil(perLine))));
    const settled = await this.#settledIn(lines, pages);
    const lanes = pages.flatMap((page) => page.lanes);
    if (lanes.length > 0)
      this.#messagesPerLane = lanes.reduce((sum, { ids }) => sum + ids.length, 0) / lanes.length;
    for (const [i, line] of lines.entries())
      this.#takeIn(line, pages[i] as LanePage, settled.get(line.endpoint.number));
  }

  #takeIn(line: Line, { lanes, readTo }: LanePage, settled: ReadonlySet<string> | undefined): void {
    if (line.dropped) return;
    for (const lane of lanes) {
      if (!line.takesPage) {
        line.behindFrom = lane.xid;
        return;
      }
      line.push(lane, settled);
    }
    // The tail may have moved on meanwhile, and passed lanes that this line did not take.
    line.behindFrom = readTo === this.tail ? undefined : readTo;
  }

  /** Messages of these lanes that an earlier owner has settled, by endpoint. */
  async #settledIn(
    lines: readonly Line[],
    pages: readonly LanePage[],
  ): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
    const deliveries = lines.flatMap(({ endpoint: { number: endpoint }, recoverBelow }, i) =>
      (pages[i]?.lanes ?? [])
        .filter(({ xid }) => xid < recoverBelow)
        .flatMap(({ ids }) => ids.map((messageId) => ({ endpoint, messageId }))),
    );
    const settled = new Map<number, Set<string>>();
    if (deliveries.length === 0) return settled;
    const factsFrom = lines.reduce(
      (least, { recoverFrom }) => (recoverFrom < least ? recoverFrom : least),
      lines[0]?.recoverFrom ?? '',
    );
    for (const { endpoint, messageId } of await this.#parts.store.settledAmong(deliveries, factsFrom)) {
      const ids = settled.get(endpoint) ?? new Set();
      settled.set(endpoint, ids.add(messageId));
    }
    return settled;
  }

  async #trying<T>(by: object, signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const { gate } = this.#parts;
    try {
      const result = await work();
      gate.succeeded(by);
      return result;
    } catch (error) {
      if (error instanceof StoreWentBack) {
        this.#tail = undefined;
        this.#arriving = [];
        this.#behind.clear();
        this.#parts.wentBack();
        return undefined;
      }
      if (!(error instanceof DeliveryStoreError)) throw error;
      await gate.failed(by, error, signal, 1_000);
      return undefined;
    }
  }
}
