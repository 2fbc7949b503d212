import type { Gate } from '../waiting/gate.ts';
import type { Effects } from './attempt.ts';
import type { Wanted } from './item.ts';
import type { Line } from './line.ts';
import {
  type AttemptFact,
  type DeliveryStore,
  DeliveryStoreError,
  type HeldShard,
  type Mark,
  type Owner,
  type Results,
} from './ports.ts';

/** While this many wait to be written down, no request begins. */
const MOST_UNRECORDED = 2_000;

export interface Entry {
  readonly line: Line;
  readonly wanted: Wanted;
  readonly effects: Effects;
}

interface RecorderParts {
  readonly store: Pick<DeliveryStore, 'record'>;
  readonly owner: Owner;
  readonly gate: Gate;
  /** They are written when this many wait, or the oldest is this old. */
  readonly results: { readonly count: number; readonly ageMs: number };
  /** It is written down. */
  readonly recorded: (entry: Entry) => void;
  readonly lost: (shards: readonly HeldShard[]) => void;
}

/** Writes down what became of deliveries, a few hundred at a time, one transaction after the other. */
export class Recorder {
  readonly #parts: RecorderParts;
  #entries: Entry[] = [];
  #facts: AttemptFact[] = [];
  #marks: { readonly line: Line; readonly mark: Mark }[] = [];
  #running = 0;
  #firstAtMs = 0;
  #wake = () => {};
  #closed = false;
  #isAbandoned = false;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Results that are not written down yet. */
  get unrecorded(): number {
    return this.#entries.length + this.#facts.length + this.#running;
  }

  get isFull(): boolean {
    return this.unrecorded >= MOST_UNRECORDED;
  }

  add(entry: Entry): void {
    this.#began();
    entry.line.unrecorded += 1;
    this.#entries.push(entry);
    if (this.#entries.length >= this.#parts.results.count) this.#wake();
  }

  /** A fact from which nothing follows. */
  addFact(fact: AttemptFact): void {
    this.#began();
    this.#facts.push(fact);
  }

  addMark(line: Line, mark: Mark): void {
    this.#began();
    this.#marks.push({ line, mark });
  }

  /** Writes until `close`, and then what is left. With `stop`, it gives up on a store that is away. */
  async run(stop: AbortSignal): Promise<void> {
    stop.addEventListener('abort', () => this.#wake(), { once: true });
    while (await this.#due()) await this.#write(stop);
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Nobody waits for results any more. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  #began(): void {
    if (this.#isEmpty) {
      this.#firstAtMs = performance.now();
      this.#wake();
    }
  }

  get #isEmpty(): boolean {
    return this.#entries.length + this.#facts.length + this.#marks.length === 0;
  }

  /** Resolves when there is something to write; false when there is nothing any more. */
  async #due(): Promise<boolean> {
    const { count, ageMs } = this.#parts.results;
    for (;;) {
      if (this.#closed) return !this.#isEmpty;
      const waitMs = this.#isEmpty ? undefined : this.#firstAtMs + ageMs - performance.now();
      if (waitMs !== undefined && (waitMs <= 0 || this.#entries.length >= count)) return true;
      await new Promise<void>((resolve) => {
        const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = () => {};
    }
  }

  async #write(stop: AbortSignal): Promise<void> {
    const { store, owner, gate, recorded, lost } = this.#parts;
    const entries = this.#entries.splice(0, 2 * this.#parts.results.count);
    const facts = this.#facts.splice(0);
    const marks = this.#marks.splice(0);
    this.#firstAtMs = performance.now();
    this.#running = entries.length + facts.length;
    try {
      for (;;) {
        try {
          // Anew for every try: a shard that was lost meanwhile counts no more.
          const results = resultsOf(entries, facts, marks);
          const gone = new Set(await store.record(owner, results));
          if (this.#isAbandoned) return;
          gate.succeeded(this);
          if (gone.size > 0) lost(results.held.filter(({ id }) => gone.has(id)));
          for (const entry of entries) {
            entry.line.unrecorded -= 1;
            recorded(entry);
          }
          return;
        } catch (error) {
          if (!(error instanceof DeliveryStoreError)) throw error;
          if (stop.aborted) return;
          await gate.failed(this, error, stop, 1_000);
        }
      }
    } finally {
      this.#running = 0;
    }
  }
}

/** Of lines whose shard was lost only the facts are written. */
function resultsOf(
  entries: readonly Entry[],
  facts: readonly AttemptFact[],
  marks: readonly { readonly line: Line; readonly mark: Mark }[],
): Results {
  const held = new Map<number, HeldShard>();
  const results = {
    facts: [...facts],
    retries: [] as Results['retries'][number][],
    settled: [] as Results['settled'][number][],
    dead: [] as Results['dead'][number][],
    disabled: [] as Results['disabled'][number][],
    marks: [] as Mark[],
  };
  for (const { line, wanted, effects } of entries) {
    if (effects.fact !== undefined) results.facts.push(effects.fact);
    if (line.dropped) continue;
    held.set(line.shard.id, line.shard);
    if (effects.retry !== undefined) results.retries.push(effects.retry);
    else if (wanted.retry !== undefined)
      results.settled.push({ endpoint: wanted.endpoint, unit: wanted.unit, messageId: wanted.messageId });
    if (effects.dead !== undefined) results.dead.push(effects.dead);
    if (effects.disabled !== undefined)
      results.disabled.push({ endpoint: wanted.endpoint, reason: effects.disabled });
  }
  for (const { line, mark } of marks) {
    if (line.dropped) continue;
    held.set(line.shard.id, line.shard);
    results.marks.push(mark);
  }
  return { ...results, held: [...held.values()] };
}
