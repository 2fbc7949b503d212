import process from 'node:process';
import { styleText } from 'node:util';
import Table from 'cli-table3';

/** How a command's result is shown: a table for people, one JSON document for programs. */
export interface Output {
  readonly json: boolean;
}

/** Prints data as JSON, or what `text` makes of it. */
export function print<T>(output: Output, data: T, text: (data: T) => string): void {
  process.stdout.write(output.json ? `${JSON.stringify(data, null, 2)}\n` : `${text(data)}\n`);
}

/** A table for people; cells hold what senders wrote, so control characters are shown and not obeyed. */
export function table(
  head: readonly string[],
  rows: readonly (readonly unknown[])[],
  widths?: number[],
): string {
  const made = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    ...(widths === undefined ? {} : { colWidths: widths }),
  });
  made.push(...rows.map((row) => row.map(cell)));
  return made.toString();
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().replace('T', ' ').slice(0, 19);
  return visible(`${value as string | number}`);
}

// oxlint-disable-next-line no-control-regex -- these are what it looks for
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** The text with control characters written out: a body must not be able to drive the operator's terminal. */
export function visible(text: string): string {
  return text.replaceAll(
    CONTROL,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function good(text: string): string {
  return styleText('green', text, { stream: process.stdout });
}

export function bad(text: string): string {
  return styleText('red', text, { stream: process.stdout });
}

/** One item in the singular, others in the plural. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
