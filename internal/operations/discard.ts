import type pg from 'pg';
import { discardPage, newestRejection } from '../postgres/rejections/change.ts';
import type { RejectionFilter } from '../postgres/rejections/filter.ts';
import { inPages } from './in-pages.ts';
import { type NotOpen, notOpen } from './not-open.ts';

const PAGE = 5_000;

interface Discarded {
  readonly discarded: number;
  /** Of those that were named by number: what was not open. */
  readonly notOpen: readonly NotOpen[];
  /** Whether all that matched was looked at; else the same call goes on where this one ended. */
  readonly complete: boolean;
}

export interface RunOptions {
  /** Ends it after the page under way. */
  readonly signal: AbortSignal;
  /** Called after each page, with how many are done. */
  readonly progress: (done: number) => void;
}

/** Marks open rejections as not needed, in pages, each of them a transaction of its own. */
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
