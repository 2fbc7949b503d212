import process from 'node:process';
import { columnsOf } from './columns.ts';
import { partsThatFit } from './status-line.ts';

const REDRAW_MS = 100;
/** At Ctrl-C, the terminal writes ^C behind the line; that must not wrap. */
const ROOM_FOR_SIGN = 2;

const CLEAR = '\r\u001B[K';

/** The part of a terminal's stream that a live line needs. */
type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

/** The last line of a terminal, redrawn in place. At any exit of the process, it is completed with a newline. */
export class LiveLine implements Disposable {
  readonly #stream: Stream;
  #parts: readonly string[] = [];
  #drawnMs = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(stream: Stream) {
    this.#stream = stream;
    process.on('exit', this.#end);
  }

  /** Shows the parts as far as they fit, at most ten times a second. Does nothing once the line has ended. */
  draw(parts: readonly string[]): void {
    this.#parts = parts;
    if (!this.#ended && performance.now() - this.#drawnMs >= REDRAW_MS) this.#redraw();
  }

  /** Prints text above the line. */
  tell(text: string): void {
    this.#stream.write(`${CLEAR}${text}\n`);
    if (!this.#ended && this.#parts.length > 0) this.#redraw();
  }

  #redraw(): void {
    this.#drawnMs = performance.now();
    const columns = columnsOf(this.#stream);
    this.#stream.write(
      CLEAR + partsThatFit(this.#parts, columns === undefined ? undefined : columns - ROOM_FOR_SIGN),
    );
  }

  readonly #end = () => {
    if (this.#ended) return;
    this.#ended = true;
    process.off('exit', this.#end);
    if (this.#parts.length === 0) return;
    this.#redraw();
    this.#stream.write('\n');
  };

  [Symbol.dispose](): void {
    this.#end();
  }
}

const CELLS = 20;

/** Returns a progress bar such as `[=====---------------] 25%`. */
export function bar(done: number, total: number): string {
  const share = total <= 0 ? 0 : Math.min(1, done / total);
  const full = Math.floor(share * CELLS);
  return `[${'='.repeat(full)}${'-'.repeat(CELLS - full)}] ${Math.floor(share * 100)}%`;
}

/** Formats seconds as 42s, 3m07s or 5h40m. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}
