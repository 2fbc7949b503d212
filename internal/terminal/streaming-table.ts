import { cut, displayWidth, padded, wrapped } from './text-width.ts';
import { visible } from './visible.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => unknown;
  /** Its text may be broken over several lines of a terminal; without it, it stays whole while others can give way. */
  readonly wraps?: true;
  /** Instead of wrapping, its text ends with an ellipsis: for what another command shows whole. */
  readonly cuts?: true;
  /** The width that it keeps if it wraps. */
  readonly least?: number;
  /** Line ends in its text begin a new line; without it, they are written out. */
  readonly lines?: true;
  /** Set at the right, as numbers are. */
  readonly right?: true;
  /** Left out where the terminal is too narrow for all: those with the lowest number first. */
  readonly leftOut?: number;
}

/** What a column that wraps keeps of its width, unless told otherwise. */
const LEAST_WIDTH = 10;
/** What any column keeps when nothing else is left to give way. */
const LAST_WIDTH = 4;

/**
 * A table of rows that come page by page: the widths are those of the first page, and nothing is held. Cells hold what
 * senders wrote, so control characters are shown and not obeyed. Where there is a width to
 * keep to, cells that may wrap do so, then columns are left out, and only then the others are broken as well; no line is
 * wider. Elsewhere a row is a line. An id of a later page that is wider than its column sticks out where there is room.
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
    const titles = this.#columns.map(({ title }) => title);
    return joined([rule(widths, '┌┬┐'), ...this.#lines(titles, widths), rule(widths, '├┼┤'), ...lines]);
  }

  /** The last line; empty when there was no page. */
  end(): string {
    return this.#widths === undefined ? '' : joined([rule(this.#widths, '└┴┘')]);
  }

  #cellsOf(rows: readonly T[]): string[][] {
    return rows.map((row) => this.#columns.map(({ value, lines }) => cellText(value(row), lines === true)));
  }

  /** Leaves out columns as far as it must; returns the widths of the others. */
  #layOut(rows: readonly T[]): number[] {
    for (;;) {
      const cells = this.#cellsOf(rows);
      const natural = this.#columns.map(({ title }, i) =>
        Math.max(...[title, ...cells.map((row) => row[i] ?? '')].map(widestLine)),
      );
      if (this.#terminalWidth === undefined) return natural;
      const room = this.#terminalWidth - 3 * natural.length - 1;
      const widths = fitted(natural, room, (i) => this.#leastOf(i));
      if (sum(widths) <= room) return widths;
      const least = Math.min(...this.#columns.map(({ leftOut = Number.POSITIVE_INFINITY }) => leftOut));
      if (least === Number.POSITIVE_INFINITY) return fitted(widths, room, () => LAST_WIDTH);
      this.#columns = this.#columns.filter(({ leftOut }) => leftOut !== least);
    }
  }

  /** Undefined: it gives nothing of its width. */
  #leastOf(column: number): number | undefined {
    const { wraps, cuts, least = LEAST_WIDTH } = this.#columns[column] ?? {};
    return wraps || cuts ? least : undefined;
  }

  #lines(row: readonly string[], widths: readonly number[]): string[] {
    let room = (this.#terminalWidth ?? Number.POSITIVE_INFINITY) - 3 * widths.length - 1 - sum(widths);
    const parts = row.map((text, i) => {
      const [lines, width] = [text.split('\n'), widths[i] ?? 0];
      if (this.#terminalWidth === undefined) return lines;
      if (this.#columns[i]?.cuts) return [cut(lines[0] ?? '', width)];
      const sticksOut = widestLine(text) - width;
      if (this.#columns[i]?.wraps || sticksOut > Math.max(0, room))
        return lines.flatMap((line) => wrapped(line, width));
      room -= Math.max(0, sticksOut);
      return lines;
    });
    const height = Math.max(...parts.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => {
      const cells = parts.map((part, i) => {
        const [text, width] = [part[line] ?? '', widths[i] ?? 0];
        return this.#columns[i]?.right ? paddedLeft(text, width) : padded(text, width);
      });
      return `│ ${cells.join(' │ ')} │`;
    });
  }
}

/** Makes columns narrower, the widest first, until all fit or none can give more. `leastOf`: undefined gives nothing. */
function fitted(
  natural: readonly number[],
  room: number,
  leastOf: (column: number) => number | undefined,
): number[] {
  const widths = [...natural];
  for (let excess = sum(widths) - room; excess > 0; excess -= 1) {
    let widest = -1;
    for (const [i, width] of widths.entries()) {
      const least = leastOf(i) ?? width;
      if (width > least && width > (widths[widest] ?? 0)) widest = i;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths;
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}

function widestLine(text: string): number {
  return Math.max(...text.split('\n').map(displayWidth));
}

function paddedLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

function rule(widths: readonly number[], [left = '', middle = '', right = '']: string): string {
  return left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function cellText(value: unknown, lines: boolean): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().replace('T', ' ').slice(0, 19);
  const text = visible(`${value as string | number}`).replaceAll('\t', '\\t');
  return lines ? text : text.replaceAll('\n', '\\n');
}
