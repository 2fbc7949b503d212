import { once } from 'node:events';
import process from 'node:process';
import { columnsOf } from '#internal/terminal/columns.ts';
import { type Column, StreamingTable } from '#internal/terminal/streaming-table.ts';
import { type Command, InvalidArgumentError } from 'commander';
import type { Output } from './output.ts';

/** Rows shown on a terminal without `--limit`. */
const TERMINAL_LIMIT = 50;

export interface PagingOptions {
  readonly limit?: number;
  readonly after?: string;
}

/** Adds `--limit` and `--after`. */
export function withPaging<C extends Command>(command: C): C {
  return command
    .option(
      '--limit <n>',
      `show at most this many, or all (default: ${TERMINAL_LIMIT} on a terminal, else all)`,
      limit,
    )
    .option('--after <key>', 'start after this key, which is printed below the previous page');
}

function limit(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('Expected a whole number of at least 1, or all.');
  return Number(text);
}

/** A list that is read page by page, each page only when it is needed. */
export interface Listing<T> {
  readonly columns: readonly Column<T>[];
  /** Reads up to `limit` rows after that key, or from the beginning without one; returns fewer only at the end. */
  readonly read: (after: string | undefined, limit: number) => Promise<readonly T[]>;
  readonly keyOf: (row: T) => string;
  /** What to say instead of an empty table. */
  readonly none: string;
  readonly pageSize?: number;
  /** Converts a row for JSON; without it, the row itself is printed. */
  readonly inJson?: (row: T) => unknown;
}

const PAGE_SIZE = 1_000;

/** Prints rows as they are read, as a table or as one JSON array. Holds one page at a time. */
export async function printListing<T>(
  output: Output,
  options: PagingOptions,
  listing: Listing<T>,
): Promise<void> {
  if (output.json) return printJson(listing, options);
  const terminal = process.stdout.isTTY;
  const most = options.limit ?? (terminal ? TERMINAL_LIMIT : Number.POSITIVE_INFINITY);
  const table = new StreamingTable(listing.columns, columnsOf());
  let last: T | undefined;
  for await (const { rows, more } of pages(listing, options.after, most)) {
    await write(table.page(rows));
    last = rows.at(-1);
    if (!more) continue;
    await write(table.end());
    const key = listing.keyOf(last as T);
    process.stderr.write(`there are more: --after ${key} shows the next ones, --limit all shows all\n`);
    return;
  }
  await write(last === undefined ? `${listing.none}\n` : table.end());
}

/** Prints the rows as a JSON array. */
async function printJson<T>(listing: Listing<T>, options: PagingOptions): Promise<void> {
  await writeJsonArray(listing, options);
  await write('\n');
}

/** Writes only the array, for use inside a larger document. */
export async function writeJsonArray<T>(listing: Listing<T>, options: PagingOptions): Promise<void> {
  let before = '[\n';
  for await (const { rows } of pages(listing, options.after, options.limit ?? Number.POSITIVE_INFINITY)) {
    const lines = rows.map((row) => `  ${JSON.stringify(listing.inJson?.(row) ?? row)}`);
    await write(before + lines.join(',\n'));
    before = ',\n';
  }
  await write(before === '[\n' ? '[]' : '\n]');
}

interface Page<T> {
  /** Never empty. */
  readonly rows: readonly T[];
  /** The limit is reached, and there are more rows. */
  readonly more: boolean;
}

async function* pages<T>(
  { read, keyOf, pageSize = PAGE_SIZE }: Listing<T>,
  after: string | undefined,
  most: number,
): AsyncGenerator<Page<T>> {
  let [key, left] = [after, most];
  for (;;) {
    const size = Math.min(pageSize, left);
    const found = await read(key, size + 1); // one more, to know whether there are more
    const rows = found.slice(0, size);
    const last = rows.at(-1);
    if (last === undefined) return;
    left -= rows.length;
    const isLast = found.length <= size;
    yield { rows, more: !isLast && left === 0 };
    if (isLast || left === 0) return;
    key = keyOf(last);
  }
}

/** Writes to stdout, and waits while its reader is behind. */
export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
