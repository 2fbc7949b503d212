import { sleep } from '../waiting/sleep.ts';
import type { Line } from './line.ts';
import type { Lines } from './lines.ts';
import type { Position } from './ports.ts';
import type { Recorder } from './recorder.ts';

/** How often marks are written of endpoints that have moved on; and of all, for the retention's sake. */
const MARKS_MS = 5_000;
const ALL_MARKS_EVERY = 120;

interface MarksParts {
  readonly lines: Lines;
  readonly recorder: Recorder;
  readonly mint: () => string;
  /** All lanes below were read. */
  readonly tail: () => Position;
}

/** Writes down now and then how far endpoints are, so that less is read anew after a restart. */
export class Marks {
  readonly #parts: MarksParts;

  constructor(parts: MarksParts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let round = 1; !signal.aborted; round += 1) {
      await sleep(MARKS_MS, signal);
      this.write(round % ALL_MARKS_EVERY === 0 ? () => true : (line) => line.dirty);
    }
  }

  write(chosen: (line: Line) => boolean): void {
    const { lines, recorder, mint, tail } = this.#parts;
    const now = mint();
    for (const line of lines) {
      if (!line.isOpen || line.dropped || !chosen(line)) continue;
      recorder.addMark(line, line.mark(tail(), now));
      line.dirty = false;
    }
  }
}
