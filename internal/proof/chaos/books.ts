import type { BooksSnapshot } from '#internal/processor/books.ts';
import type { MessageRow, RejectionRow, Violation } from './checker.ts';
import type { LoadPlan } from './oracle.ts';

const MIB = 1024 * 1024;
/**
 * Node itself takes 120 MB, and V8 defers garbage collection while memory is free. The fault `small-heap`
 * shows how little is needed.
 */
const MAX_RSS_BYTES = 600 * MIB;
export const MAX_IN_FLIGHT = 1_000;

/** The final log line of a processor. */
export type Books = BooksSnapshot & { readonly balanced: boolean };

interface Accounts {
  readonly processors: {
    /** The final log lines of the processors that ended in order. */
    readonly ended: readonly Books[];
    /** Some ended without a final log line, or gave back work that may have been committed. */
    readonly uncertain: boolean;
    readonly maxRssBytes: number;
    readonly maxInFlight: number;
  };
  readonly plans: readonly Pick<LoadPlan, 'batch'>[];
}

/** Compares the processors' own counts with the rows, and their use of memory and room with the limits. */
export function checkBooks(
  { processors, plans }: Accounts,
  rows: { readonly messages: readonly MessageRow[]; readonly rejections: readonly RejectionRow[] },
): Violation[] {
  const { ended, uncertain, maxRssBytes, maxInFlight } = processors;
  const wrong: string[] = [];
  for (const books of ended) {
    const { received, stored, duplicates, rejected, released, inFlight, balanced } = books;
    if (!balanced || inFlight !== 0 || received !== stored + duplicates + rejected + released)
      wrong.push(`a processor ended with ${JSON.stringify(books)}`);
  }
  const stored = ended.reduce((sum, books) => sum + books.stored, 0);
  const rejected = ended.reduce((sum, books) => sum + books.rejected, 0);
  const replayed = rows.rejections.filter(({ state }) => state === 'replayed').length;
  const messages = rows.messages.length;
  if (stored > messages) wrong.push(`${stored} events stored, ${messages} rows of message`);
  if (!uncertain && stored + replayed < messages)
    wrong.push(`${stored} events stored and ${replayed} replayed, ${messages} rows of message`);
  if (!uncertain && rejected < rows.rejections.length)
    wrong.push(`${rejected} events rejected, ${rows.rejections.length} rows of rejection`);
  const used: string[] = [];
  const mayHold = MAX_IN_FLIGHT * Math.max(1, ...plans.map(({ batch }) => batch));
  if (maxInFlight > mayHold) used.push(`${maxInFlight} events in flight; the limit is ${mayHold}`);
  return [
    ...wrong.map((what): Violation => ({ promise: 'the books are right', what })),
    ...used.map((what): Violation => ({ promise: 'resources are bounded', what })),
    ...checkMemory(maxRssBytes),
  ];
}

/** Compares the most memory that a process had with the limit. */
export function checkMemory(maxRssBytes: number): Violation[] {
  if (maxRssBytes <= MAX_RSS_BYTES) return [];
  const what = `${Math.round(maxRssBytes / MIB)} MiB of memory; the limit is ${MAX_RSS_BYTES / MIB}`;
  return [{ promise: 'resources are bounded', what }];
}
