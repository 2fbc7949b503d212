/** Which rejections; without any of them, all. */
export interface RejectionFilter {
  readonly ids?: readonly string[];
  readonly reasons?: readonly string[];
  readonly tenantId?: string;
  /** Last received at or after. */
  readonly since?: Date;
  /** Last received before. */
  readonly until?: Date;
  readonly state?: 'open' | 'replayed' | 'discarded';
}

/** The filter's values are $1 to $6, always all of them: one statement serves every combination. */
export const MATCHES = `($1::bigint[] is null or r.id = any($1)) and ($2::text[] is null or r.reason = any($2))
  and ($3::text is null or r.tenant_id = $3) and ($4::timestamptz is null or r.received_at >= $4)
  and ($5::timestamptz is null or r.received_at < $5) and ($6::text is null or r.state = $6)`;

export function valuesOf(filter: RejectionFilter): unknown[] {
  const { ids, reasons, tenantId, since, until, state } = filter;
  return [ids ?? null, reasons ?? null, tenantId ?? null, since ?? null, until ?? null, state ?? null];
}
