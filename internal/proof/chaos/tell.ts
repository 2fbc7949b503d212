import process from 'node:process';
import { columnsOf } from '../../terminal/columns.ts';
import { wrappedLines } from '../../terminal/text-width.ts';

/** Writes a line of progress to stderr. */
export function tell(line: string): void {
  // Overwrites the ^C that the terminal prints when it is pressed.
  const begin = process.stderr.isTTY ? '\r\u001B[K' : '';
  process.stderr.write(`${begin}${wrappedLines(line, columnsOf(process.stderr))}\n`);
}
