import type pg from 'pg';
import type { OpenRejection } from '../../event/storing.ts';
import { MATCHES, type RejectionFilter, valuesOf } from './filter.ts';
import { OPEN_REJECTION_COLUMNS, type OpenRejectionRow, toOpenRejection } from './row.ts';

/** The id of the newest rejection; '0' when there is none. */
export async function newestRejection(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select coalesce(max(id), 0)::text as id from rejection');
  return rows[0]?.id ?? '0';
}

/** Open rejections in the order of their ids, from after one through another: a page for a replay. */
export async function openRejections(
  pool: pg.Pool,
  filter: RejectionFilter,
  { afterId, throughId, limit }: { afterId: string; throughId: string; limit: number },
): Promise<OpenRejection[]> {
  const { rows } = await pool.query<OpenRejectionRow>(
    `select ${OPEN_REJECTION_COLUMNS} from rejection r where ${MATCHES} and r.id > $7 and r.id <= $8
      order by r.id limit $9`,
    [...valuesOf({ ...filter, state: 'open' }), afterId, throughId, limit],
  );
  return rows.map(toOpenRejection);
}

/** Marks open rejections as not needed; answers how many. */
export async function discardRejections(pool: pg.Pool, filter: RejectionFilter): Promise<number> {
  const { rowCount } = await pool.query(
    `update rejection r set state = 'discarded', settled_at = now() where ${MATCHES}`,
    valuesOf({ ...filter, state: 'open' }),
  );
  return rowCount ?? 0;
}
