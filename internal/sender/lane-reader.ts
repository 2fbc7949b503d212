import type { Gate } from '../waiting/gate.ts';
import { sleep } from '../waiting/sleep.ts';
import { CatchUp } from './catch-up.ts';
import type { Line } from './line.ts';
import type { Lines } from './lines.ts';
import { type DeliveryStore, DeliveryStoreError, type Lane, type Position, StoreWentBack } from './ports.ts';

/** While nothing comes, the time between two looks at the lanes doubles up to this many times. */
const IDLE_TIMES = 10;
/** Lanes that one query reads of the tail. */
const TAIL_LANES = 5_000;
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
 * Reads the lanes: their tail for all endpoints at once, as long as these keep up. Those that are behind read their own lanes,
 * each from its position on.
 */
export class LaneReader {
  readonly #parts: LaneReaderParts;
  readonly #catchUp: CatchUp;
  /** All lanes below were read. */
  #tail: Position | undefined;
  #arriving: Line[] = [];

  constructor(parts: LaneReaderParts) {
    this.#parts = parts;
    this.#catchUp = new CatchUp({ ...parts, tail: () => this.tail });
  }

  /** All lanes below were read, and taken in or left to endpoints that are behind. */
  get tail(): Position {
    return this.#tail ?? 0n;
  }

  get behind(): number {
    return this.#catchUp.size;
  }

  /** Begins to read for lines whose `behindFrom` is their mark; an earlier owner may have settled what is there. */
  admit(lines: readonly Line[]): void {
    this.#arriving.push(...lines);
  }

  /** The line may want to read on. */
  look(line: Line): void {
    this.#catchUp.look(line);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#follow(signal), this.#catchUp.run(signal)]);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { pollMs, gate } = this.#parts;
    let pauseMs = pollMs;
    while (!signal.aborted) {
      try {
        const read = await this.#looked();
        pauseMs = (read ?? 0) > 0 ? pollMs : Math.min(IDLE_TIMES * pollMs, pauseMs * 2);
      } catch (error) {
        if (!(error instanceof DeliveryStoreError)) throw error;
        await gate.failed(this, error, signal, 1_000);
      }
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

  async #looked(): Promise<number | undefined> {
    const { gate } = this.#parts;
    try {
      const count = await this.#readTail();
      gate.succeeded(this);
      return count;
    } catch (error) {
      if (!(error instanceof StoreWentBack)) throw error;
      this.#tail = undefined;
      this.#arriving = [];
      this.#catchUp.forget();
      this.#parts.wentBack();
      return undefined;
    }
  }
}
