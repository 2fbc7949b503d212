import type pg from 'pg';
import { headersContext, secretContext } from '../sealing.ts';
import type { EndpointName } from './reference.ts';

/** What is sealed of an endpoint: a secret, or its headers. */
interface SealedBytes {
  readonly tenantId: string;
  readonly id: string;
  readonly sealed: Buffer;
  readonly context: string;
}

/** Returns the secrets that have not expired, and the headers, of all endpoints or of these. */
export async function sealedOfEndpoints(
  pool: pg.Pool,
  only?: readonly EndpointName[],
): Promise<SealedBytes[]> {
  const { rows } = await pool.query<Omit<SealedBytes, 'context'> & { what: 'secret' | 'headers' }>(
    `select e.tenant_id as "tenantId", e.id, s.sealed, 'secret' as what
       from endpoint e join endpoint_secret s on s.endpoint = e.number
      where (s.expires_at is null or s.expires_at > now())
        and ($1::text[] is null or (e.tenant_id, e.id) in (select * from unnest($1, $2::text[])))
      union all
     select tenant_id, id, sealed_headers, 'headers' from endpoint
      where sealed_headers is not null and ($1::text[] is null or (tenant_id, id) in (select * from unnest($1, $2::text[])))`,
    [only?.map(({ tenantId }) => tenantId) ?? null, only?.map(({ id }) => id) ?? null],
  );
  return rows.map(({ what, ...row }) => ({
    ...row,
    context: what === 'secret' ? secretContext(row) : headersContext(row),
  }));
}

/** Returns the endpoints without a secret that is valid, to which nothing is sent; of all endpoints, or of one. */
export async function endpointsWithoutSecret(pool: pg.Pool, only?: EndpointName): Promise<EndpointName[]> {
  const { rows } = await pool.query<EndpointName>(
    `select e.tenant_id as "tenantId", e.id from endpoint e
      where not exists (select from endpoint_secret s
                         where s.endpoint = e.number and (s.expires_at is null or s.expires_at > now()))
        and ($1::text is null or (e.tenant_id, e.id) = ($1, $2::text))
      order by e.number`,
    [only?.tenantId ?? null, only?.id ?? null],
  );
  return rows;
}
