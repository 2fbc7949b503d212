import type { Position } from './ports.ts';

/** The messages of one lane that an endpoint has taken in. */
export interface Window {
  readonly xid: Position;
  /** How many of its messages are not settled: neither delivered nor dead nor skipped, and without a retry row. */
  pending: number;
  /** The least id of an attempt of one of its messages; undefined before the first. */
  firstFact: string | undefined;
}

/** Lanes that an endpoint has taken in, in their order, until all of their messages are settled. They say how far its mark may go. */
export class Windows {
  readonly #windows: Window[] = [];

  /** @param firstFact where attempts of an earlier owner may concern it: the id from which on */
  open(xid: Position, pending: number, firstFact?: string): Window {
    const window = { xid, pending, firstFact };
    this.#windows.push(window);
    return window;
  }

  /** The first lane that is not wholly settled; undefined when all are. */
  get first(): Position | undefined {
    this.#forgetSettled();
    return this.#windows[0]?.xid;
  }

  /** The least id of the attempts that concern these lanes; undefined without any. */
  get firstFact(): string | undefined {
    this.#forgetSettled();
    let least: string | undefined;
    for (const { firstFact } of this.#windows)
      if (firstFact !== undefined && (least === undefined || firstFact < least)) least = firstFact;
    return least;
  }

  #forgetSettled(): void {
    let settled = 0;
    while ((this.#windows[settled]?.pending ?? 1) === 0) settled += 1;
    if (settled > 0) this.#windows.splice(0, settled);
  }
}
