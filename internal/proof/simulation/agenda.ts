/** An action to run at a given time. */
export interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
  cancelled: boolean;
}

/** A queue of actions ordered by time, then by insertion. A binary heap. */
export class Agenda {
  readonly #heap: Entry[] = [];
  #added = 0;

  add(atMs: number, action: () => void): Entry {
    this.#added += 1;
    const entry: Entry = { atMs, order: this.#added, action, cancelled: false };
    let hole = this.#heap.push(entry) - 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!isBefore(entry, this.#at(parent))) break;
      this.#heap[hole] = this.#at(parent);
      hole = parent;
    }
    this.#heap[hole] = entry;
    return entry;
  }

  /** Removes and returns the next action that is not cancelled. */
  take(): Entry | undefined {
    for (;;) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (first !== last) this.#sink(last);
      if (!first.cancelled) return first;
    }
  }

  #sink(entry: Entry): void {
    const { length } = this.#heap;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(this.#at(child + 1), this.#at(child))) child += 1;
      if (!isBefore(this.#at(child), entry)) break;
      this.#heap[hole] = this.#at(child);
      hole = child;
    }
    this.#heap[hole] = entry;
  }

  #at(index: number): Entry {
    return this.#heap[index] as Entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
