import type pg from 'pg';
import type { Lane, LanePage, Position } from '../../sender/ports.ts';

interface LaneRow {
  readonly tenantId: string;
  readonly clientId: string;
  readonly xid: string;
  readonly ids: string[];
}

type Client = Pick<Lane, 'tenantId' | 'clientId'>;

interface Range {
  readonly from: Position;
  readonly to: Position;
  readonly limit: number;
}

/**
 * Lanes with `from` <= xid < `to`, of one client or of all. The last transaction is left to the next page when the limit may
 * have cut it, and read alone when it is the only one. A client has one lane in a transaction, so that none is ever cut.
 */
export async function readLanes(
  pool: pg.Pool,
  { from, to, limit }: Range,
  client?: Client,
): Promise<LanePage> {
  if (from >= to) return { lanes: [], readTo: to };
  const lanes = await readRows(pool, { from, to, limit }, client);
  if (lanes.length < limit) return { lanes, readTo: to };
  const last = lanes.at(-1)?.xid as Position;
  if (client !== undefined) return { lanes, readTo: last + 1n };
  const whole = lanes.filter(({ xid }) => xid !== last);
  if (whole.length > 0) return { lanes: whole, readTo: last };
  return {
    lanes: await readRows(pool, { from: last, to: last + 1n, limit: undefined }, client),
    readTo: last + 1n,
  };
}

async function readRows(
  pool: pg.Pool,
  { from, to, limit }: Omit<Range, 'limit'> & { readonly limit: number | undefined },
  client: Client | undefined,
): Promise<Lane[]> {
  const { rows } = await pool.query<LaneRow>(
    `select tenant_id as "tenantId", client_id as "clientId", xid::text as xid, ids
       from lane
      where xid >= $1::text::xid8 and xid < $2::text::xid8
            ${client === undefined ? '' : 'and tenant_id = $4 and client_id = $5'}
      order by lane.xid, lane.first_id limit $3`, // not xid: that would be the text of it
    [`${from}`, `${to}`, limit ?? null, ...(client === undefined ? [] : [client.tenantId, client.clientId])],
  );
  return rows.map(({ tenantId, clientId, xid, ids }) => ({
    tenantId,
    clientId,
    xid: BigInt(xid),
    ids: ids.toSorted(),
  }));
}
