import type pg from 'pg';
import { headersContext, secretContext } from '../sealing.ts';

/** What is sealed of an endpoint: a secret, or its headers. */
interface SealedBytes {
  readonly tenantId: string;
  readonly id: string;
  readonly sealed: Buffer;
  readonly context: string;
}

/** Returns all secrets that have not expired, and all headers. */
export async function sealedOfEndpoints(pool: pg.Pool): Promise<SealedBytes[]> {
  const { rows } = await pool.query<Omit<SealedBytes, 'context'> & { what: 'secret' | 'headers' }>(
    `select e.tenant_id as "tenantId", e.id, s.sealed, 'secret' as what
       from endpoint e join endpoint_secret s on s.endpoint = e.number
      where s.expires_at is null or s.expires_at > now()
      union all
     select tenant_id, id, sealed_headers, 'headers' from endpoint where sealed_headers is not null`,
  );
  return rows.map(({ what, ...row }) => ({
    ...row,
    context: what === 'secret' ? secretContext(row) : headersContext(row),
  }));
}
