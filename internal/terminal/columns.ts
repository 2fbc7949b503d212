import process from 'node:process';

/** What a terminal has that does not tell its size. */
const USUAL = 80;
/** Below that nothing can be laid out. */
const LEAST = 20;

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/**
 * How wide a line may be: the width of the terminal, else COLUMNS where it is set. Undefined: as wide as it comes, for
 * files and pipes.
 */
export function columnsOf(
  stream: Stream = process.stdout,
  told: string | undefined = process.env['COLUMNS'],
): number | undefined {
  if (stream.isTTY && stream.columns > 0) return Math.max(LEAST, stream.columns);
  if (told !== undefined && /^[1-9]\d{0,3}$/.test(told)) return Math.max(LEAST, Number(told));
  return stream.isTTY ? USUAL : undefined;
}
