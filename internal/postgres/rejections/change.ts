import type pg from 'pg';
import type { OpenRejection } from '../../processor/ports.ts';
import { candidates, type PageBounds, type RejectionFilter, valuesOfPage } from './filter.ts';
import { bytesBefore, OPEN_REJECTION_COLUMNS, type OpenRejectionRow, toOpenRejection } from './row.ts';

/** Returns the id of the newest rejection; '0' when there is none. */
export async function newestRejection(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select coalesce(max(id), 0)::text as id from rejection');
  return rows[0]?.id ?? '0';
}

/** Returns the states of rejections by their ids, without those that do not exist. */
export async function rejectionStates(pool: pg.Pool, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; state: string }>(
    'select id::text as id, state from rejection where id = any($1::bigint[])',
    [ids],
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/** The last id that a page looked at; null when there was none left. */
export interface PageEnd {
  readonly lastId: string | null;
  /** Its bytes ended it before the rejections that it was to look at. */
  readonly cut?: boolean;
}

/** Returns a page for a replay: matching open rejections among the next ones by id, until bodies and attributes reach `bytes`. */
export async function openRejections(
  pool: pg.Pool,
  filter: RejectionFilter,
  { bytes, ...bounds }: PageBounds & { readonly bytes: number },
): Promise<PageEnd & { readonly rejections: OpenRejection[] }> {
  const open = { ...filter, state: 'open' } as const;
  const { rows } = await pool.query<OpenRejectionRow & { lastId: string | null; found: number }>(
    `with candidate as materialized (${candidates(open, 'asc')}),
     found as (
       select r.*, count(*) over () as found,
              ${bytesBefore('r.id')} as bytes_before
         from candidate c join rejection r on r.id = c.id
        where c.ok and r.state = 'open'
     )
     select s.last_id::text as "lastId", coalesce(r.found, 0)::integer as found, ${OPEN_REJECTION_COLUMNS}
       from (select max(id) as last_id from candidate) s
       left join found r on r.bytes_before < $10
      order by r.id`,
    [...valuesOfPage(open, bounds), bytes],
  );
  const rejections = rows.filter(({ body }) => body !== null).map(toOpenRejection);
  const cut = rejections.length < (rows[0]?.found ?? 0);
  return { rejections, lastId: (cut ? rejections.at(-1)?.id : rows[0]?.lastId) ?? null, cut };
}

/** Discards matching open rejections among the next ones by id; returns how many. */
export async function discardPage(
  pool: pg.Pool,
  filter: RejectionFilter,
  bounds: PageBounds,
): Promise<PageEnd & { readonly discarded: number }> {
  const open = { ...filter, state: 'open' } as const;
  const { rows } = await pool.query<{ lastId: string | null; discarded: number }>(
    `with candidate as materialized (${candidates(open, 'asc')}),
     discarded as (
       update rejection r set state = 'discarded', settled_at = now()
         from candidate c
        where r.id = c.id and c.ok and r.state = 'open'
       returning r.id
     )
     select (select max(id)::text from candidate) as "lastId", (select count(*)::integer from discarded) as discarded`,
    valuesOfPage(open, bounds),
  );
  return rows[0] ?? { lastId: null, discarded: 0 };
}
