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
