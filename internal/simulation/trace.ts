/** The last things that happened. Kept only where they will be read: a seed is run again with the trace on. */
export class Trace {
  readonly #lines: string[] = [];
  readonly #now: () => number;
  readonly #keep: number;

  constructor(now: () => number, keep: number) {
    this.#now = now;
    this.#keep = keep;
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#keep);
  }

  note(words: () => string): void {
    if (this.#keep === 0) return;
    this.#lines.push(`${(this.#now() / 1000).toFixed(3).padStart(9)} s  ${words()}`);
    if (this.#lines.length > 2 * this.#keep) this.#lines.splice(0, this.#keep);
  }
}
