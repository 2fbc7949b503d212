import { uuid7LowerBound } from '../../event/uuid7.ts';

/** Selects deliveries; an empty filter selects all. */
export interface DeliveryFilter {
  readonly tenantId?: string;
  readonly endpointId?: string;
  readonly clientId?: string;
  readonly messageId?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** The endpoints `e` of a filter. Its values are $1 to $3, always all of them. */
export const OF_ENDPOINTS = `($1::text is null or e.tenant_id = $1) and ($2::text is null or e.id = $2)
  and ($3::text is null or e.client_id = $3)`;

export function endpointValues({ tenantId, endpointId, clientId }: DeliveryFilter): (string | null)[] {
  return [tenantId ?? null, endpointId ?? null, clientId ?? null];
}

/** Bounds of time as those of UUIDv7. */
export function idBounds({ since, until }: DeliveryFilter): (string | null)[] {
  return [since, until].map((time) => (time === undefined ? null : uuid7LowerBound(time.getTime())));
}

/** SQL: the time in a UUIDv7. */
export function timeOf(uuid: string): string {
  return `to_timestamp(('x' || lpad(left(replace(${uuid}::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0)`;
}
