import { Change } from '../waiting/change.ts';
import type { Gate } from '../waiting/gate.ts';
import type { Line } from './line.ts';
import { type DeliveryStore, DeliveryStoreError, type Lane, type LanePage, type Position } from './ports.ts';

/** Queries at the same time, each for at most this many endpoints. */
const AT_ONCE = 4;
const LINES_AT_ONCE = 64;
/** A query reads about this many messages, in at most this many lanes of an endpoint. */
const PAGE_MESSAGES = 1_000;
const PAGE_LANES = 500;

interface CatchUpParts {
  readonly store: Pick<DeliveryStore, 'lanesOf' | 'settledAmong'>;
  readonly gate: Gate;
  /** All lanes below were read, and taken in or left to endpoints that are behind. */
  readonly tail: () => Position;
  readonly touched: (line: Line) => void;
}

/** Reads on in the lanes of endpoints that are behind, until they have reached the tail. */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #change = new Change();
  readonly #behind = new Set<Line>();
  /** Of the last pages: how many messages a lane has. */
  #messagesPerLane = 20;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** How many endpoints are behind. */
  get size(): number {
    return this.#behind.size;
  }

  look(line: Line): void {
    if (line.behindFrom === undefined || line.dropped) this.#behind.delete(line);
    else {
      this.#behind.add(line);
      if (line.wantsLane) this.#change.wake();
    }
  }

  forget(): void {
    this.#behind.clear();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => this.#readPages({ i }, signal)));
  }

  async #readPages(by: object, signal: AbortSignal): Promise<void> {
    const { gate, touched } = this.#parts;
    while (!signal.aborted) {
      const lines = this.#nextBehind();
      if (lines.length === 0) await this.#change.next(signal);
      else {
        try {
          await this.#readOn(lines);
          gate.succeeded(by);
        } catch (error) {
          if (!(error instanceof DeliveryStoreError)) throw error;
          await gate.failed(by, error, signal, 1_000);
        }
        for (const line of lines) {
          line.reading = false;
          this.look(line);
          touched(line);
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
    const tail = this.#parts.tail();
    const starts = lines.map(({ endpoint: { tenantId, clientId }, behindFrom = tail }) => ({
      tenantId,
      clientId,
      from: behindFrom,
    }));
    const messages = PAGE_MESSAGES / lines.length;
    const limit = Math.max(1, Math.min(PAGE_LANES, Math.ceil(messages / this.#messagesPerLane)));
    const pages = (await store.lanesOf(starts, tail, limit)).map((page) => firstOf(page, messages));
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
    line.behindFrom = readTo === this.#parts.tail() ? undefined : readTo;
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
}

/** The page up to where it has enough messages: its lanes may be far larger than those of the last page were. */
function firstOf({ lanes, readTo }: LanePage, most: number): LanePage {
  let messages = 0;
  const cut = lanes.findIndex(({ ids, xid }, i) => {
    const isEnough = messages >= most && lanes[i - 1]?.xid !== xid;
    messages += ids.length;
    return isEnough;
  });
  return cut === -1 ? { lanes, readTo } : { lanes: lanes.slice(0, cut), readTo: (lanes[cut] as Lane).xid };
}
