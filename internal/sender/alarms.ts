/** Times at which endpoints are to be looked at again: a binary heap. Setting another time for an endpoint replaces the first. */
export class Alarms {
  readonly #heap: { readonly atMs: number; readonly endpoint: number }[] = [];
  readonly #set = new Map<number, number>();

  /** The earliest time; undefined without any. May be that of an alarm that was replaced since. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  set(endpoint: number, atMs: number): void {
    const before = this.#set.get(endpoint);
    if (before !== undefined && before <= atMs) return;
    this.#set.set(endpoint, atMs);
    this.#push({ atMs, endpoint });
  }

  /** Takes the endpoints out whose time has come. */
  ring(nowMs: number): number[] {
    const due: number[] = [];
    while ((this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const { atMs, endpoint } = this.#pop();
      if (this.#set.get(endpoint) !== atMs) continue; // replaced by an earlier one, which has rung
      this.#set.delete(endpoint);
      due.push(endpoint);
    }
    return due;
  }

  #push(alarm: { readonly atMs: number; readonly endpoint: number }): void {
    const heap = this.#heap;
    let at = heap.push(alarm) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent]?.atMs ?? 0) <= alarm.atMs) break;
      heap[at] = heap[parent] as typeof alarm;
      at = parent;
    }
    heap[at] = alarm;
  }

  #pop(): { readonly atMs: number; readonly endpoint: number } {
    const heap = this.#heap;
    const first = heap[0] as (typeof heap)[number];
    const last = heap.pop() as (typeof heap)[number];
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1]?.atMs ?? 0) < (heap[child]?.atMs ?? 0)) child += 1;
      if ((heap[child]?.atMs ?? 0) >= last.atMs) break;
      heap[at] = heap[child] as typeof last;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
