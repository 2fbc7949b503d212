import { visible } from './output.ts';
import { displayWidth, padded, wrapped } from './text-width.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => unknown;
  /** Its text may be broken over several lines of a terminal; without it, it stays whole, as an id must. */
  readonly wraps?: true;
  /** Left out where the terminal is too narrow for all: those with the lowest number first. */
  readonly leftOut?: number;
}

const LEAST_WIDTH = 10;

/**
 * A table of rows that come page by page: the widths are those of the first page, and nothing is held. Cells hold what
 * senders wrote, so control characters are shown and not obeyed. On a terminal, cells that may wrap do so to fit its
 * width, and what does not fit even so is left out; elsewhere a row is a line. A cell that is wider than its column is shown whole, and
 * its row sticks out.
 */
export class StreamingTable<T> {
  #columns: readonly Column<T>[];
  readonly #terminalWidth: number | undefined;
  #widths: readonly number[] | undefined;

  constructor(columns: readonly Column<T>[], terminalWidth: number | undefined) {
    this.#columns = columns;
    this.#terminalWidth = terminalWidth;
  }

  /** The text of the next rows; the first ones bring the head with them. */
  page(rows: readonly T[]): string {
    const first = this.#widths === undefined;
    const widths = (this.#widths ??= this.#layOut(rows));
    const cells = this.#cellsOf(rows);
    const lines = cells.flatMap((row) => this.#lines(row, widths));
    if (!first) return joined(lines);
    const head = this.#columns.map(({ title }, i) => padded(title, widths[i] ?? 0));
    return joined([rule(widths, '┌┬┐'), `│ ${head.join(' │ ')} │`, rule(widths, '├┼┤'), ...lines]);
  }

  /** The last line; empty when there was no page. */
  end(): string {
    return this.#widths === undefined ? '' : joined([rule(this.#widths, '└┴┘')]);
  }

  #cellsOf(rows: readonly T[]): string[][] {
    return rows.map((row) => this.#columns.map(({ value }) => cellText(value(row))));
  }

  /** Leaves out columns as far as it must; returns the widths of the others. */
  #layOut(rows: readonly T[]): number[] {
    for (;;) {
      const cells = this.#cellsOf(rows);
      const natural = this.#columns.map(({ title }, i) =>
        Math.max(displayWidth(title), ...cells.map((row) => displayWidth(row[i] ?? ''))),
      );
      if (this.#terminalWidth === undefined) return natural;
      const wraps = this.#columns.map((column) => column.wraps === true);
      const room = this.#terminalWidth - 3 * natural.length - 1;
      const widths = fitted(natural, wraps, room);
      const fits = widths.reduce((sum, width) => sum + width, 0) <= room;
      const least = Math.min(...this.#columns.map(({ leftOut = Number.POSITIVE_INFINITY }) => leftOut));
      if (fits || least === Number.POSITIVE_INFINITY) return widths;
      this.#columns = this.#columns.filter(({ leftOut }) => leftOut !== least);
    }
  }

  #lines(row: readonly string[], widths: readonly number[]): string[] {
    const parts = row.map((text, i) => {
      const wraps = this.#terminalWidth !== undefined && this.#columns[i]?.wraps === true;
      return wraps ? wrapped(text, widths[i] ?? LEAST_WIDTH) : [text];
    });
    const height = Math.max(...parts.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => {
      const cells = parts.map((part, i) => padded(part[line] ?? '', widths[i] ?? 0));
      return `│ ${cells.join(' │ ')} │`;
    });
  }
}

/** Makes columns that may wrap narrower, the widest first, until all fit or none can give more. */
function fitted(natural: readonly number[], wraps: readonly boolean[], room: number): number[] {
  const widths = [...natural];
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - room; excess > 0; excess -= 1) {
    let widest = -1;
    for (const [i, width] of widths.entries()) {
      if (wraps[i] && width > LEAST_WIDTH && width > (widths[widest] ?? 0)) widest = i;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths;
}

function rule(widths: readonly number[], [left = '', middle = '', right = '']: string): string {
  return left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().replace('T', ' ').slice(0, 19);
  return visible(`${value as string | number}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
}
