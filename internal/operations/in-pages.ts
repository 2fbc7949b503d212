import { sqlStateOf } from '../postgres/errors.ts';
import type { PageEnd } from '../postgres/rejections/change.ts';
import type { PageBounds } from '../postgres/rejections/filter.ts';
import { StoreError } from '../processor/ports.ts';

interface PagesOptions {
  /** What came later is not of this run. */
  readonly throughId: string;
  /** Rejections that a page looks at. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** A page met a lock or took too long: deadlock_detected, lock_not_available, query_canceled. */
const TOO_MUCH = new Set(['40P01', '55P03', '57014']);
const LEAST_LIMIT = 50;

/**
 * Does page after page in the order of ids, until there is none left or the signal aborts: then the page under way ends first. A
 * page that meets a lock or takes too long is tried again with fewer rejections. Returns whether all was done.
 */
export async function inPages(
  page: (bounds: PageBounds) => Promise<PageEnd>,
  { throughId, limit: fullLimit, signal }: PagesOptions,
): Promise<boolean> {
  let limit = fullLimit;
  for (let afterId = '0'; !signal.aborted; ) {
    try {
      const { lastId, cut = false } = await page({ afterId, throughId, limit });
      if (lastId === null) return true;
      afterId = lastId;
      // To know where a page has to end, the bytes of all that it looks at are counted.
      limit = cut ? Math.max(LEAST_LIMIT, limit >> 1) : Math.min(fullLimit, limit * 2);
    } catch (error) {
      const cause = error instanceof StoreError ? error.cause : error;
      if (limit <= LEAST_LIMIT || !TOO_MUCH.has(sqlStateOf(cause) ?? '')) throw error;
      limit = Math.max(LEAST_LIMIT, limit >> 2);
    }
  }
  return false;
}
