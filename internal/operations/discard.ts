import type pg from 'pg';
import { discardPage, newestRejection } from '../postgres/rejections/change.ts';
import type { RejectionFilter } from '../postgres/rejections/filter.ts';
import { inPages } from './in-pages.ts';
import { type NotOpen, notOpen } from './not-open.ts';

const PAGE = 5_000;

interface Discarded {
  readonly discarded: number;
  /** Rejections that were named by number and are not open. */
  readonly notOpen: readonly NotOpen[];
  /** Whether all that matched were processed; else the same call continues. */
  readonly complete: boolean;
}

export interface RunOptions {
  /** Aborting ends the run after the current page. */
  readonly signal: AbortSignal;
  /** Called after each page with the number of rejections done so far. */
  readonly progress: (done: number) => void;
}

/** Marks open rejections as not needed, in pages, each in its own transaction. */
export async function discardRejections(
  pool: pg.Pool,
  filter: RejectionFilter,
  { signal, progress }: RunOptions,
): Promise<Discarded> {
  const others = await notOpen(pool, filter.ids);
  const throughId = await newestRejection(pool);
  let discarded = 0;
  const complete = await inPages(
    async (bounds) => {
      const page = await discardPage(pool, filter, bounds);
      discarded += page.discarded;
      progress(discarded);
      return page;
    },
    { throughId, limit: PAGE, signal },
  );
  return { discarded, notOpen: others, complete };
}
