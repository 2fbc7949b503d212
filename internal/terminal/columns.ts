import process from 'node:process';

/** Width of a terminal that does not report its size. */
const USUAL = 80;
/** Minimum width for a layout. */
const LEAST = 20;

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/**
 * Returns how wide a line may be: the width of the terminal, else COLUMNS if it is set. Undefined means no limit, for files
 * and pipes.
 */
export function columnsOf(
  stream: Stream = process.stdout,
  told: string | undefined = process.env['COLUMNS'],
): number | undefined {
  if (stream.isTTY && stream.columns > 0) return Math.max(LEAST, stream.columns);
  if (told !== undefined && /^[1-9]\d{0,3}$/.test(told)) return Math.max(LEAST, Number(told));
  return stream.isTTY ? USUAL : undefined;
}
