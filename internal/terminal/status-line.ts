import { cut, displayWidth } from './text-width.ts';

/**
 * Joins as many of the first parts as fit in one line. A line that is redrawn must not reach the last column: the terminal
 * would wrap, and only the second line would be overwritten.
 */
export function partsThatFit(parts: readonly string[], columns: number | undefined, between = ' | '): string {
  if (columns === undefined) return parts.join(between);
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}${between}${part}`;
    if (displayWidth(longer) >= columns) return line === '' ? cut(part, columns - 1) : line;
    line = longer;
  }
  return line;
}
