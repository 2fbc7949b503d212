import type pg from 'pg';
import type { Endpoint, Format, SigningSecret } from '../../sender/ports.ts';
import { headersContext, type Sealing, SealingError, secretContext } from '../sealing.ts';

interface EndpointRow {
  readonly number: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly id: string;
  readonly url: string;
  readonly eventTypes: string[] | null;
  readonly format: Format;
  readonly sealedHeaders: Buffer | null;
  readonly ratePerSecond: number | null;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly timeoutSeconds: number;
  readonly retrySeconds: number[];
  readonly state: Endpoint['state'];
  readonly revision: string;
  readonly secrets: readonly SecretRow[] | null;
}

interface SecretRow {
  readonly kind: SigningSecret['kind'];
  /** Base64, with line breaks. */
  readonly sealed: string;
  readonly expiresAtMs: number | null;
}

export async function readRevision(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ revision: string }>('select revision from endpoint_revision');
  return Number(rows[0]?.revision ?? 0);
}

/** Number and revision of all endpoints of those shards. */
export async function endpointsOf(
  pool: pg.Pool,
  shards: readonly number[],
): Promise<{ readonly number: number; readonly revision: number }[]> {
  const { rows } = await pool.query<{ number: string; revision: string }>(
    'select number, revision from endpoint where number % 64 = any($1::bigint[])',
    [shards],
  );
  return rows.map(({ number, revision }) => ({ number: Number(number), revision: Number(revision) }));
}

/** Reads endpoints, in the order of the numbers, with the secrets that have not expired, the current one first. */
export async function readEndpoints(
  pool: pg.Pool,
  sealing: Sealing,
  numbers: readonly number[],
): Promise<Endpoint[]> {
  if (numbers.length === 0) return [];
  const { rows } = await pool.query<EndpointRow>(
    `select e.number, e.tenant_id as "tenantId", e.client_id as "clientId", e.id, e.url, e.event_types as "eventTypes",
            e.format, e.sealed_headers as "sealedHeaders", e.rate_per_second as "ratePerSecond", e.concurrency, e.ordered,
            e.timeout_seconds as "timeoutSeconds", e.retry_seconds as "retrySeconds", e.state, e.revision,
            (select json_agg(json_build_object('kind', s.kind, 'sealed', encode(s.sealed, 'base64'),
                                               'expiresAtMs', round(extract(epoch from s.expires_at) * 1000))
                             order by s.expires_at desc nulls first, s.id desc)
               from endpoint_secret s
              where s.endpoint = e.number and (s.expires_at is null or s.expires_at > now())) as secrets
       from unnest($1::bigint[]) with ordinality as n (number, position) join endpoint e using (number)
      order by n.position`,
    [numbers],
  );
  return rows.map((row) => endpointFrom(row, sealing));
}

/** Receivers would take a request without a signature for one that anybody may send. */
const NO_SECRET = 'it has no secret that is valid; "admin endpoint rotate-secret" gives it one';

/** What cannot be opened stops this endpoint alone. */
function endpointFrom({ sealedHeaders, secrets, ...row }: EndpointRow, sealing: Sealing): Endpoint {
  const plain = { ...row, number: Number(row.number), revision: Number(row.revision) };
  const stopped = (problem: string): Endpoint => ({ ...plain, headers: {}, secrets: [], problem });
  try {
    const headers =
      sealedHeaders === null ? {} : JSON.parse(sealing.open(sealedHeaders, headersContext(row)).toString());
    if (secrets === null) return stopped(NO_SECRET);
    return {
      ...plain,
      headers,
      secrets: secrets.map(({ kind, sealed, expiresAtMs }) => ({
        kind,
        key: sealing.open(Buffer.from(sealed, 'base64'), secretContext(row)),
        expiresAtMs: expiresAtMs ?? undefined,
      })),
      problem: undefined,
    };
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    return stopped(error.message);
  }
}
