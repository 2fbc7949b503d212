interface Line<T> {
  items: T[];
  /** Items before it were taken; the array is cut once that is half of it. */
  head: number;
}

/** Taken items that are worth a copy of the rest. */
const CUT_FROM = 1024;

/** Lines of items by name. Lines take turns; within a line the order is that of arrival. */
export class Lines<T> {
  /** The first is next to have a turn: a Map keeps the order of insertion. */
  readonly #lines = new Map<string, Line<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(name: string, item: T): void {
    const line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, { items: [item], head: 0 });
    else line.items.push(item);
    this.#size += 1;
  }

  /** The first item of the line whose turn it is; undefined when there is none. */
  take(): T | undefined {
    for (const [name, line] of this.#lines) {
      const item = takeFirst(line);
      this.#size -= 1;
      this.#lines.delete(name);
      if (line.head < line.items.length) this.#lines.set(name, line);
      return item;
    }
    return undefined;
  }

  /** Takes out a whole line. */
  remove(name: string): T[] {
    const line = this.#lines.get(name);
    if (line === undefined) return [];
    this.#lines.delete(name);
    const items = line.items.slice(line.head);
    this.#size -= items.length;
    return items;
  }
}

function takeFirst<T>(line: Line<T>): T {
  const item = line.items[line.head] as T;
  line.head += 1;
  if (line.head > CUT_FROM && line.head * 2 > line.items.length) {
    line.items = line.items.slice(line.head);
    line.head = 0;
  }
  return item;
}
