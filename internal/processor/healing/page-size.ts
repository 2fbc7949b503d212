import type { HealingLimits } from './ports.ts';

const MOST_REJECTIONS = 1_000;
const LEAST_REJECTIONS = 20;
const MOST_TASKS = 200;
const BYTES = 4_194_304;

/** A page is to take about this long: live events wait for one at most. */
const WANTED_MS = 150;

/** How much a page of rejections may hold: more while pages are quick, less when they are slow or fail. */
export class PageSize {
  #rejections = 100;
  #tasks = MOST_TASKS;

  get limits(): HealingLimits {
    return { tasks: this.#tasks, rejections: this.#rejections, bytes: BYTES };
  }

  /** Learns from a page: how long it took to read and to replay, and how many rejections it held. */
  took(milliseconds: number, rejections: number): void {
    this.#tasks = Math.min(MOST_TASKS, this.#tasks * 2);
    if (milliseconds > WANTED_MS * 1.5)
      this.#rejections = Math.max(LEAST_REJECTIONS, Math.floor(this.#rejections / 2));
    else if (milliseconds < WANTED_MS / 1.5 && rejections >= this.#rejections / 2)
      this.#rejections = Math.min(MOST_REJECTIONS, this.#rejections * 2);
  }

  /** Fewer tasks together: in the end the one that cannot be written holds up itself alone. */
  failed(): void {
    this.#tasks = Math.max(1, this.#tasks >> 1);
    this.#rejections = Math.max(LEAST_REJECTIONS, this.#rejections >> 1);
  }
}
