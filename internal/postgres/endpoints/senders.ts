import type pg from 'pg';

/** A sender process that is alive. */
interface SenderRow {
  readonly id: string;
  /** Host and process id. */
  readonly name: string;
  /** When it counts as dead unless it is heard of again. */
  readonly until: Date;
  readonly shards: number;
  readonly endpoints: number;
}

export async function listSenders(client: pg.ClientBase | pg.Pool): Promise<SenderRow[]> {
  const { rows } = await client.query<SenderRow>(
    `select s.id::text as id, s.name, s.until,
            (select count(*) from shard h where h.owner = s.id and h.until > now())::integer as shards,
            (select count(*) from shard h join endpoint e on e.number % 64 = h.id
              where h.owner = s.id and h.until > now())::integer as endpoints
       from sender s where s.until > now() order by s.name`,
  );
  return rows;
}

/** Number of endpoints that no live sender serves. */
export async function endpointsUnserved(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count
       from endpoint e join shard h on h.id = e.number % 64
      where h.owner is null or h.until <= now()`,
  );
  return rows[0]?.count ?? 0;
}
