import { once } from 'node:events';
import process from 'node:process';
import { columnsOf } from '#internal/terminal/columns.ts';
import { type Column, StreamingTable } from '#internal/terminal/streaming-table.ts';
import { type Command, InvalidArgumentError } from 'commander';
import type { Output } from './output.ts';

/** Rows of a table on a terminal, unless told otherwise. */
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
      `at most this many, or all (default: ${TERMINAL_LIMIT} on a terminal, else all)`,
      limit,
    )
    .option('--after <key>', 'begin after this one: the key that the page before ended with');
}

function limit(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('Expected a whole number from 1 on, or all.');
  return Number(text);
}

/** Rows in their order, from after a key on: pages are read only as they are wanted. */
export interface Listing<T> {
  readonly columns: readonly Column<T>[];
  /** At most `limit` rows after that key; fewer only at the end. Undefined: from the beginning. */
  readonly read: (after: string | undefined, limit: number) => Promise<readonly T[]>;
  readonly keyOf: (row: T) => string;
  /** What to say instead of an empty table. */
  readonly none: string;
  readonly pageSize?: number;
  /** What a row is in JSON, unless itself. */
  readonly inJson?: (row: T) => unknown;
}

const PAGE_SIZE = 1_000;

/** Prints rows as they are read, as a table or as one JSON array. Nothing is held but a page. */
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

/** The array alone, for a document that holds more. */
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
  /** No more rows were wanted, and there are more. */
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

/** Writes to stdout, no faster than it is taken. */
export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
