import type pg from 'pg';
import { inTransaction } from '../transaction.ts';
import type { EndpointName } from './reference.ts';

/**
 * Removes an endpoint with its secrets, retries, dead deliveries and replays; its attempts stay. The client's lanes are
 * switched off with its last endpoint. Returns false when there is no such endpoint.
 */
export async function deleteEndpoint(pool: pg.Pool, { tenantId, id }: EndpointName): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    // Locked first, as whoever adds an endpoint does: the flag follows from the endpoints that are left.
    const { rows } = await client.query<{ clientId: string }>(
      `select c.id as "clientId"
         from client c
        where (c.tenant_id, c.id) = (select tenant_id, client_id from endpoint where tenant_id = $1 and id = $2)
          for no key update`,
      [tenantId, id],
    );
    const clientId = rows[0]?.clientId;
    if (clientId === undefined) return false;
    const { rowCount } = await client.query('delete from endpoint where tenant_id = $1 and id = $2', [
      tenantId,
      id,
    ]);
    await client.query(
      `update client set has_endpoint = false
        where tenant_id = $1 and id = $2
          and not exists (select from endpoint where tenant_id = $1 and client_id = $2)`,
      [tenantId, clientId],
    );
    return rowCount === 1;
  });
}
