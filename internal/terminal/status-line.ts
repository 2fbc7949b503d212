import { cut, displayWidth } from './text-width.ts';

/**
 * The parts in one line, as far as they fit from the first on. A line that is drawn again and again must not reach the
 * last column: the terminal would begin another, and only that one would be overwritten.
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
