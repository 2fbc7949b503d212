import type pg from 'pg';

/** Returns the reason to reject an event for its first name that is not registered; null when all names are. */
export async function unregisteredName(
  pool: pg.Pool,
  names: { readonly tenantId: string; readonly clientId: string; readonly eventType: string },
): Promise<'unknown_tenant' | 'unknown_client' | 'unknown_event_type' | null> {
  const { rows } = await pool.query<{ tenant: boolean; client: boolean; type: boolean }>(
    `select exists (select from tenant where id = $1) as tenant,
            exists (select from client where tenant_id = $1 and id = $2) as client,
            exists (select from event_type where tenant_id = $1 and name = $3) as type`,
    [names.tenantId, names.clientId, names.eventType],
  );
  const known = rows[0];
  if (known?.tenant !== true) return 'unknown_tenant';
  if (!known.client) return 'unknown_client';
  return known.type ? null : 'unknown_event_type';
}
