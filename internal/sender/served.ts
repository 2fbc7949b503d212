import { uuid7Milliseconds } from '../event/uuid7.ts';
import type { Gate } from '../waiting/gate.ts';
import { sleep } from '../waiting/sleep.ts';
import { Line } from './line.ts';
import type { Held } from './queue.ts';
import type { Lines } from './lines.ts';
import {
  type DeliveryStore,
  DeliveryStoreError,
  type Endpoint,
  type HeldShard,
  type Log,
  SHARDS,
} from './ports.ts';

/** How often changes of endpoints are looked for. */
const LOOK_MS = 1_000;
/** Endpoints that one query reads. */
const PAGE = 1_000;

interface ServedParts {
  readonly store: Pick<DeliveryStore, 'revision' | 'endpointsOf' | 'endpoints' | 'marks'>;
  readonly lines: Lines;
  readonly held: Held;
  readonly gate: Gate;
  readonly log: Log;
  readonly mint: (nowMs: number) => string;
  /** The shards that are held now, without those that are being given up. */
  readonly shards: () => readonly HeldShard[];
  readonly opened: (lines: readonly Line[]) => void;
  readonly changed: (line: Line) => void;
  /** The endpoint is gone: the line is to be forgotten. */
  readonly gone: (line: Line) => void;
}

/** Keeps the lines like the endpoints that are registered in the shards of this process. */
export class Served {
  readonly #parts: ServedParts;
  #revision: number | undefined;

  constructor(parts: ServedParts) {
    this.#parts = parts;
  }

  /** There are shards whose endpoints were not read yet. */
  shardsChanged(): void {
    this.#revision = undefined;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#look();
        this.#parts.gate.succeeded(this);
      } catch (error) {
        if (!(error instanceof DeliveryStoreError)) throw error;
        await this.#parts.gate.failed(this, error, signal, 1_000);
        continue;
      }
      await sleep(this.#revision === undefined ? 0 : LOOK_MS, signal);
    }
  }

  async #look(): Promise<void> {
    const { store, lines, shards, gone } = this.#parts;
    const revision = await store.revision();
    if (revision === this.#revision) return;
    this.#revision = revision; // before the endpoints are read: a later change is noticed the next time
    try {
      const held = shards();
      const found = new Map(
        (await store.endpointsOf(held.map(({ id }) => id))).map((each) => [each.number, each.revision]),
      );
      const ids = new Set(held.map(({ id }) => id));
      for (const line of lines) if (ids.has(line.shard.id) && !found.has(line.endpoint.number)) gone(line);
      const changed = [...found].filter(
        ([number, revision]) => lines.get(number)?.endpoint.revision !== revision,
      );
      for (let i = 0; i < changed.length; i += PAGE)
        await this.#read(changed.slice(i, i + PAGE).map(([number]) => number));
    } catch (error) {
      this.#revision = undefined;
      throw error;
    }
  }

  async #read(numbers: readonly number[]): Promise<void> {
    const { store, lines, changed } = this.#parts;
    const fresh: Endpoint[] = [];
    for (const endpoint of await store.endpoints(numbers)) {
      const line = lines.get(endpoint.number);
      this.#tell(endpoint, line?.endpoint.problem);
      if (line === undefined) fresh.push(endpoint);
      else {
        line.update(endpoint);
        changed(line);
      }
    }
    if (fresh.length > 0) await this.#open(fresh);
  }

  /** Nobody else says why nothing is sent to it. */
  #tell({ tenantId, clientId, id, problem }: Endpoint, before: string | undefined): void {
    if (problem === undefined || problem === before) return;
    this.#parts.log.error(
      { tenant: tenantId, client: clientId, endpoint: id, problem },
      'nothing is sent to the endpoint: its secrets or headers cannot be opened',
    );
  }

  async #open(endpoints: readonly Endpoint[]): Promise<void> {
    const { store, lines, held, mint, shards, opened } = this.#parts;
    const marks = await store.marks(endpoints.map(({ number }) => number));
    const markOf = new Map(marks.map((mark) => [mark.endpoint, mark]));
    const shardOf = new Map(shards().map((shard) => [shard.id, shard])); // those that are still held
    const made: Line[] = [];
    for (const endpoint of endpoints) {
      const mark = markOf.get(endpoint.number);
      const shard = shardOf.get(endpoint.number % SHARDS);
      if (mark === undefined || shard === undefined || lines.get(endpoint.number) !== undefined) continue;
      // Ids of our attempts are to be greater than those of the earlier owner, whose clock may be ahead.
      mint(uuid7Milliseconds(mark.factsFrom) + 1);
      const line = new Line(endpoint, shard, mark, held);
      lines.add(line);
      made.push(line);
    }
    opened(made);
  }
}
