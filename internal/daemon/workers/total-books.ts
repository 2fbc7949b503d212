/** What became of everything that one worker received, in events. */
export interface BooksReport {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly rejectedByReason: Readonly<Record<string, number>>;
  readonly released: number;
  readonly inFlight: number;
}

/** The books of all workers together. */
export interface TotalBooks extends BooksReport {
  /** In flight in workers that died; SQS delivers them again. Their last second is not in the books. */
  readonly abandoned: number;
}

export const NO_BOOKS: TotalBooks = {
  received: 0,
  stored: 0,
  duplicates: 0,
  rejected: 0,
  rejectedByReason: {},
  released: 0,
  inFlight: 0,
  abandoned: 0,
};

export function addBooks(total: TotalBooks, books: BooksReport): TotalBooks {
  const rejectedByReason = { ...total.rejectedByReason };
  for (const [reason, count] of Object.entries(books.rejectedByReason)) {
    rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + count;
  }
  return {
    received: total.received + books.received,
    stored: total.stored + books.stored,
    duplicates: total.duplicates + books.duplicates,
    rejected: total.rejected + books.rejected,
    rejectedByReason,
    released: total.released + books.released,
    inFlight: total.inFlight + books.inFlight,
    abandoned: total.abandoned,
  };
}

/** Adds the last known books of a worker that died: what it held is nobody's any more. */
export function addBooksOfTheDead(total: TotalBooks, books: BooksReport): TotalBooks {
  const sum = addBooks(total, { ...books, inFlight: 0 });
  return { ...sum, abandoned: sum.abandoned + books.inFlight };
}

export function balances(books: BooksReport): boolean {
  const settled = books.stored + books.duplicates + books.rejected + books.released;
  return books.received === settled + books.inFlight;
}
