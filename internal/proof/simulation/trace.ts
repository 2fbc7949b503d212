import { createHash } from 'node:crypto';

/**
 * The events of a run, one per line: keeps the last lines and a hash over all. Recording is off by default;
 * to print a trace, the seed is run again. Lines do not contain ids that processors mint, because these are
 * random.
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

  /** Hash of all lines so far; equal for two runs with the same events. */
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
