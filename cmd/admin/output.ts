import process from 'node:process';
import { styleText } from 'node:util';
import { columnsOf } from '#internal/terminal/columns.ts';
import { type Column, StreamingTable, timeText } from '#internal/terminal/streaming-table.ts';
import { wrapped, wrappedLines } from '#internal/terminal/text-width.ts';
import { visible } from '#internal/terminal/visible.ts';

export { timeText, visible };

/** How a command's result is shown: a table for people, one JSON document for programs. */
export interface Output {
  readonly json: boolean;
}

/** Prints data as JSON, or as `text` formats it, wrapped to the width of the terminal. */
export function print<T>(output: Output, data: T, text: (data: T) => string): void {
  printWhole(output, data, (each) => wrappedLines(text(each), columnsOf()));
}

/** Like `print`, without wrapping: for text that is copied or read by other programs, such as SQL and bodies. */
export function printWhole<T>(output: Output, data: T, text: (data: T) => string): void {
  process.stdout.write(output.json ? `${JSON.stringify(data, null, 2)}\n` : `${text(data)}\n`);
}

/** Writes a sentence to stderr, wrapped to the width of the terminal. */
export function tellPerson(text: string): void {
  process.stderr.write(`${wrappedLines(text, columnsOf(process.stderr))}\n`);
}

/** Returns a table that is no wider than the terminal; cells may have several lines. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const columns = head.map((title, i): Column<readonly unknown[]> => {
    return { title, value: (row) => row[i], wraps: true, lines: true };
  });
  const made = new StreamingTable(columns, columnsOf());
  return `${made.page(rows)}${made.end()}`.trimEnd();
}

/** Returns a name and its value; a value that is too wide continues in the same column below. */
export function fieldLine(name: string, labelWidth: number, value: string): string {
  const label = `${name} `.padEnd(labelWidth);
  const width = columnsOf();
  if (width === undefined) return label + visible(value);
  return label + wrapped(visible(value), width - label.length).join(`\n${' '.repeat(label.length)}`);
}

export function good(text: string): string {
  return styleText('green', text, { stream: process.stdout });
}

export function bad(text: string): string {
  return styleText('red', text, { stream: process.stdout });
}
