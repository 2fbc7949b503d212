import type pg from 'pg';
import type { Lane, LanePage, LaneStart, Position } from '../../sender/ports.ts';

interface LaneRow {
  readonly tenantId: string;
  readonly clientId: string;
  readonly xid: string;
  readonly ids: string[];
}

interface Range {
  readonly from: Position;
  readonly to: Position;
  readonly limit: number;
}

/**
 * Lanes with `from` <= xid < `to`, of all clients. The last transaction is left to the next page when the limit may have cut
 * it, and read alone when it is the only one.
 */
export async function readLanes(pool: pg.Pool, { from, to, limit }: Range): Promise<LanePage> {
  if (from >= to) return { lanes: [], readTo: to };
  const lanes = await readRows(pool, { from, to, limit });
  if (lanes.length < limit) return { lanes, readTo: to };
  const last = lanes.at(-1)?.xid as Position;
  const whole = lanes.filter(({ xid }) => xid !== last);
  if (whole.length > 0) return { lanes: whole, readTo: last };
  return { lanes: await readRows(pool, { from: last, to: last + 1n, limit: null }), readTo: last + 1n };
}

async function readRows(
  pool: pg.Pool,
  { from, to, limit }: Omit<Range, 'limit'> & { readonly limit: number | null },
): Promise<Lane[]> {
  const { rows } = await pool.query<LaneRow>(
    `select tenant_id as "tenantId", client_id as "clientId", xid::text as xid, ids
       from lane
      where xid >= $1::text::xid8 and xid < $2::text::xid8
      order by lane.xid, lane.first_id limit $3`, // not xid: that would be the text of it
    [`${from}`, `${to}`, limit],
  );
  return rows.map(laneOf);
}

/** Pages of several clients, in their order. A client has one lane in a transaction, so that none is ever cut. */
export async function readLanesOf(
  pool: pg.Pool,
  clients: readonly LaneStart[],
  { to, limit }: Omit<Range, 'from'>,
): Promise<LanePage[]> {
  const { rows } = await pool.query<LaneRow & { position: number }>(
    `select s.position::integer as position, s.tenant_id as "tenantId", s.client_id as "clientId", l.xid::text as xid, l.ids
       from unnest($1::text[], $2::text[], $3::text[]) with ordinality as s (tenant_id, client_id, from_xid, position)
      cross join lateral (
        select xid, ids
          from lane
         where tenant_id = s.tenant_id and client_id = s.client_id and xid >= s.from_xid::xid8 and xid < $4::text::xid8
         order by xid limit $5) l
      order by s.position, l.xid`,
    [
      clients.map(({ tenantId }) => tenantId),
      clients.map(({ clientId }) => clientId),
      clients.map(({ from }) => `${from}`),
      `${to}`,
      limit,
    ],
  );
  const lanes = Map.groupBy(rows, ({ position }) => position);
  return clients.map((_, i) => pageOf((lanes.get(i + 1) ?? []).map(laneOf), to, limit));
}

function pageOf(lanes: readonly Lane[], to: Position, limit: number): LanePage {
  const last = lanes[limit - 1];
  return { lanes, readTo: last === undefined ? to : last.xid + 1n };
}

function laneOf({ tenantId, clientId, xid, ids }: LaneRow): Lane {
  return { tenantId, clientId, xid: BigInt(xid), ids: ids.toSorted() };
}
