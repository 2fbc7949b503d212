import { createHash } from 'node:crypto';

/**
 * What happened, line by line: the last lines, and a hash over all of them. Kept only where it will be read: a seed is
 * run again with the trace on. Ids that a processor mints are not in it; they are random and differ from run to run.
 */
export class Trace {
  readonly #lines: string[] = [];
  readonly #hash = createHash('sha256');
  readonly #now: () => number;
  readonly #keep: number;

  constructor(now: () => number, keep: number) {
    this.#now = now;
    this.#keep = keep;
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#keep);
  }

  /** Of all lines so far; the same for two runs in which the same happened. */
  get hash(): string {
    return this.#hash.copy().digest('hex');
  }

  note(words: () => string): void {
    if (this.#keep === 0) return;
    const line = `${(this.#now() / 1000).toFixed(3).padStart(9)} s  ${words()}`;
    this.#hash.update(`${line}\n`);
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#keep) this.#lines.splice(0, this.#keep);
  }
}
