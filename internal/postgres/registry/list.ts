import type pg from 'pg';

export interface RegisteredName {
  readonly tenantId: string;
  readonly name: string;
  readonly registeredAt: Date;
}

export interface RegisteredEventType extends RegisteredName {
  /** JSON text, so that its numbers stay unchanged. */
  readonly schema: string | null;
  /** The first schema of the event type is 1, the next 2; 0 when it never had one. */
  readonly schemaVersion: string;
}

/** A page of names in order: at most `limit`, after the last one of the previous page. */
export interface NamesPage {
  readonly after?: { readonly tenantId: string; readonly name: string };
  readonly limit: number;
}

export async function listTenants(pool: pg.Pool, { after, limit }: NamesPage): Promise<RegisteredName[]> {
  const { rows } = await pool.query<RegisteredName>(
    `select id as "tenantId", id as name, registered_at as "registeredAt"
       from tenant where $1::text is null or id > $1 order by id limit $2`,
    [after?.name ?? null, limit],
  );
  return rows;
}

/** Lists the clients of one tenant, or of all. */
export async function listClients(
  pool: pg.Pool,
  { tenantId, after, limit }: NamesPage & { readonly tenantId?: string },
): Promise<RegisteredName[]> {
  const { rows } = await pool.query<RegisteredName>(
    `select tenant_id as "tenantId", id as name, registered_at as "registeredAt"
       from client
      where ($1::text is null or tenant_id = $1) and ($2::text is null or (tenant_id, id) > ($2, $3::text))
      order by tenant_id, id limit $4`,
    [tenantId ?? null, after?.tenantId ?? null, after?.name ?? null, limit],
  );
  return rows;
}

/** Lists the event types of one tenant, or of all. */
export async function listEventTypes(
  pool: pg.Pool,
  { tenantId, after, limit }: NamesPage & { readonly tenantId?: string },
): Promise<RegisteredEventType[]> {
  const { rows } = await pool.query<RegisteredEventType>(
    `select tenant_id as "tenantId", name, registered_at as "registeredAt", schema::text as schema,
            coalesce(schema_number, (schema is not null)::integer)::text as "schemaVersion"
       from event_type
      where ($1::text is null or tenant_id = $1) and ($2::text is null or (tenant_id, name) > ($2, $3::text))
      order by tenant_id, name limit $4`,
    [tenantId ?? null, after?.tenantId ?? null, after?.name ?? null, limit],
  );
  return rows;
}
