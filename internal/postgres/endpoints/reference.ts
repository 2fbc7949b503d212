import type pg from 'pg';

/** Names an endpoint. */
export interface EndpointName {
  readonly tenantId: string;
  readonly id: string;
}

/** SQL: whether the endpoint `e` wants messages of the type that the expression returns. */
export function wants(eventType: string): string {
  return `(e.event_types is null or exists (
    select from unnest(e.event_types) as wanted
     where wanted = ${eventType} or right(wanted, 2) = '.*' and starts_with(${eventType}, left(wanted, -1))))`;
}

/** Says which of the names does not exist; undefined when all do. The endpoint and the client may be of any tenant without one. */
export async function unknownName(
  pool: pg.Pool,
  names: { readonly tenantId?: string; readonly clientId?: string; readonly endpointId?: string },
): Promise<'tenant' | 'client' | 'endpoint' | undefined> {
  const { rows } = await pool.query<{ unknown: 'tenant' | 'client' | 'endpoint' | null }>(
    `select case
       when $1::text is not null and not exists (select from tenant where id = $1) then 'tenant'
       when $2::text is not null and not exists (
         select from client where id = $2 and ($1::text is null or tenant_id = $1)) then 'client'
       when $3::text is not null and not exists (
         select from endpoint where id = $3 and ($1::text is null or tenant_id = $1)) then 'endpoint'
     end as unknown`,
    [names.tenantId ?? null, names.clientId ?? null, names.endpointId ?? null],
  );
  return rows[0]?.unknown ?? undefined;
}

/** Returns the number by which other tables name the endpoint; undefined when there is no such endpoint. */
export async function endpointNumber(
  pool: pg.Pool,
  { tenantId, id }: EndpointName,
): Promise<number | undefined> {
  const { rows } = await pool.query<{ number: number }>(
    'select number::float8 as number from endpoint where tenant_id = $1 and id = $2',
    [tenantId, id],
  );
  return rows[0]?.number;
}
