import { REJECTION_REASONS } from '../../event/rejection.ts';

/** Selects rejections; an empty filter selects all. */
export interface RejectionFilter {
  readonly ids?: readonly string[];
  readonly reasons?: readonly string[];
  readonly tenantId?: string;
  /** Last received at or after this time. */
  readonly since?: Date;
  /** Last received before this time. */
  readonly until?: Date;
  readonly state?: 'open' | 'replayed' | 'discarded';
}

/** The filter's values are $1 to $6, always all of them: one statement serves every combination. */
export const MATCHES = `($1::bigint[] is null or r.id = any($1)) and ($2::text[] is null or r.reason = any($2))
  and ($3::text is null or r.tenant_id = $3) and ($4::timestamptz is null or r.received_at >= $4)
  and ($5::timestamptz is null or r.received_at < $5) and ($6::text is null or r.state = $6)`;

export function valuesOf(filter: RejectionFilter): unknown[] {
  const { ids, reasons, tenantId, since, until, state } = filter;
  return [ids ?? null, reasons ?? null, tenantId ?? null, since ?? null, until ?? null, state ?? null];
}

/** The range of ids of a page, and the most rejections that it looks at, whether they match or not. */
export interface PageBounds {
  readonly afterId: string;
  readonly throughId: string;
  readonly limit: number;
}

/** Values of `candidates`: $1 to $9. */
export function valuesOfPage(filter: RejectionFilter, { afterId, throughId, limit }: PageBounds): unknown[] {
  const reasons = filter.reasons ?? (hasIndex(filter) ? REJECTION_REASONS : undefined);
  return [...valuesOf(reasons === undefined ? filter : { ...filter, reasons }), afterId, throughId, limit];
}

/**
 * Returns SQL for the next rejections within the bounds of a page, in the order of ids, with `ok` for those that match. It looks
 * at no more than `limit` of them, so that a statement takes the same time however few match. It finds them by their ids if
 * these are named, else along the index on reason and tenant if that applies, else by the primary key.
 */
export function candidates(filter: RejectionFilter, order: 'asc' | 'desc'): string {
  const within = 'r.id > $7::bigint and r.id <= $8::bigint';
  if (!hasIndex(filter)) {
    const named = filter.ids === undefined ? '' : 'r.id = any($1) and ';
    return `select r.id, (${MATCHES}) as ok from rejection r where ${named}${within} order by r.id ${order} limit $9::integer`;
  }
  return `select r.id, (${MATCHES}) as ok
    from unnest($2::text[]) as x (reason)
   cross join lateral (
     select r.*
       from rejection r
      where r.state = 'open' and r.reason = x.reason and r.tenant_id = $3 and ${within}
      order by r.id ${order}
      limit $9::integer) r
   order by r.id ${order}
   limit $9::integer`;
}

/** Whether the index on open rejections by reason and tenant applies. */
function hasIndex({ ids, tenantId, state }: RejectionFilter): boolean {
  return ids === undefined && tenantId !== undefined && state === 'open';
}
