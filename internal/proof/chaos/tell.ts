import process from 'node:process';
import { columnsOf } from '../../terminal/columns.ts';
import { wrappedLines } from '../../terminal/text-width.ts';

/** A line of progress on stderr. */
export function tell(line: string): void {
  // The ^C that the terminal writes when it is pressed is overwritten.
  const begin = process.stderr.isTTY ? '\r\u001B[K' : '';
  process.stderr.write(`${begin}${wrappedLines(line, columnsOf(process.stderr))}\n`);
}
