import { cut, displayWidth, padded, wrapped } from './text-width.ts';
import { visible } from './visible.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => unknown;
  /** Its text may wrap on a terminal. Without it, the text wraps only if nothing else can become narrower. */
  readonly wraps?: true;
  /** Long text is cut with an ellipsis instead of wrapped: another command shows it whole. */
  readonly cuts?: true;
  /** Minimum width if it wraps or is cut. */
  readonly least?: number;
  /** Minimum width of a column that wraps only when no other can be left out any more, before all wrap. */
  readonly leastAtLast?: number;
  /** Newlines in its text start a new line; without it, they are shown as \n. */
  readonly lines?: true;
  /** Aligned to the right, as for numbers. */
  readonly right?: true;
  /** The column may be left out on a narrow terminal, those with the lowest number first. */
  readonly leftOut?: number;
}

/** Default minimum width of a column that wraps or is cut. */
const LEAST_WIDTH = 10;
/** Minimum width of any column, when no column can be left out any more. */
const LAST_WIDTH = 4;

/**
 * A table of rows that arrive page by page; the first page sets the widths, and no rows are kept. Cells hold what senders
 * wrote, so control characters are escaped. To fit the width of a terminal, cells that may wrap do so, then columns are
 * left out, then those wrap that may at last, and only then all others; no line is wider. Without a width, a row is one line. On a later page,
 * an id that is wider than its column extends beyond it if there is room.
 */
export class StreamingTable<T> {
  #columns: readonly Column<T>[];
  readonly #terminalWidth: number | undefined;
  #widths: readonly number[] | undefined;

  constructor(columns: readonly Column<T>[], terminalWidth: number | undefined) {
    this.#columns = columns;
    this.#terminalWidth = terminalWidth;
  }

  /** Returns the text of the next rows, on the first page with the head. */
  page(rows: readonly T[]): string {
    const first = this.#widths === undefined;
    const widths = (this.#widths ??= this.#layOut(rows));
    const cells = this.#cellsOf(rows);
    const lines = cells.flatMap((row) => this.#lines(row, widths));
    if (!first) return joined(lines);
    const titles = this.#columns.map(({ title }) => title);
    return joined([rule(widths, '┌┬┐'), ...this.#lines(titles, widths), rule(widths, '├┼┤'), ...lines]);
  }

  /** Returns the last line; empty if there was no page. */
  end(): string {
    return this.#widths === undefined ? '' : joined([rule(this.#widths, '└┴┘')]);
  }

  #cellsOf(rows: readonly T[]): string[][] {
    return rows.map((row) => this.#columns.map(({ value, lines }) => cellText(value(row), lines === true)));
  }

  /** Leaves out as many columns as it must; returns the widths of the others. */
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
      if (least === Number.POSITIVE_INFINITY) {
        const narrow = fitted(widths, room, (i) => this.#columns[i]?.leastAtLast);
        return fitted(narrow, room, () => LAST_WIDTH);
      }
      this.#columns = this.#columns.filter(({ leftOut }) => leftOut !== least);
    }
  }

  /** Returns the minimum width of a column; undefined if it keeps its width. */
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

/** Makes columns narrower, the widest first, until all fit or none can shrink. `leastOf` returns undefined for a fixed width. */
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

/** Returns a time as people read it: in UTC, to the second. */
export function timeText(time: Date): string {
  return time.toISOString().replace('T', ' ').slice(0, 19);
}

function cellText(value: unknown, lines: boolean): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return timeText(value);
  const text = visible(`${value as string | number}`).replaceAll('\t', '\\t');
  return lines ? text : text.replaceAll('\n', '\\n');
}
