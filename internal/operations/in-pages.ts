import { sqlStateOf } from '../postgres/errors.ts';
import type { PageEnd } from '../postgres/rejections/change.ts';
import type { PageBounds } from '../postgres/rejections/filter.ts';
import { StoreError } from '../processor/ports.ts';

interface PagesOptions {
  /** The last id of this run; later rejections do not belong to it. */
  readonly throughId: string;
  /** Maximum number of rejections in a page. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** SQLSTATEs of a page that met a lock or took too long: deadlock_detected, lock_not_available, query_canceled. */
const TOO_MUCH = new Set(['40P01', '55P03', '57014']);
const LEAST_LIMIT = 50;

/**
 * Processes page after page in the order of ids, until none is left or the signal aborts; the current page is finished
 * first. A page that meets a lock or takes too long is retried with fewer rejections. Returns whether all pages are done.
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
