import type pg from 'pg';
import { uuid7Milliseconds } from '../../event/uuid7.ts';

export interface EndpointsFound {
  readonly count: number;
  /** Those that are disabled, as `tenant/endpoint`. */
  readonly disabled: readonly string[];
  /** When the oldest message past the mark of an active endpoint was stored. */
  readonly oldestWaiting: Date | null;
}

export async function endpointsFound(pool: pg.Pool): Promise<EndpointsFound> {
  const { rows } = await pool.query<{ count: number; disabled: string[]; oldest: string | null }>(
    `select count(*)::integer as count,
            coalesce(array_agg(e.tenant_id || '/' || e.id order by e.tenant_id, e.id) filter (where e.state = 'disabled'), '{}') as disabled,
            min(w.first_id::text) filter (where e.state = 'active') as oldest
       from endpoint e
       left join endpoint_mark k on k.endpoint = e.number
       left join lateral (select l.first_id from lane l
                           where l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= k.xid
                           order by l.xid limit 1) w on true`,
  );
  const { count = 0, disabled = [], oldest = null } = rows[0] ?? {};
  return { count, disabled, oldestWaiting: oldest === null ? null : new Date(uuid7Milliseconds(oldest)) };
}
