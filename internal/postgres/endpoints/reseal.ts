import type pg from 'pg';
import { headersContext, type Sealing, SealingError, secretContext } from '../sealing.ts';
import { inTransaction } from '../transaction.ts';
import type { EndpointName } from './reference.ts';

/** Endpoints of which something was sealed with another key than the first; $1 is what the first key's bytes begin with. */
const OUTDATED = `from endpoint e
  where (substr(e.sealed_headers, 1, length($1::bytea)) <> $1
         or exists (select from endpoint_secret s
                     where s.endpoint = e.number and (s.expires_at is null or s.expires_at > now())
                       and substr(s.sealed, 1, length($1)) <> $1))`;

interface ResealedPage {
  /** The last endpoint that was looked at; null when there was none. */
  readonly lastNumber: string | null;
  readonly resealed: number;
  /** Those of which something could not be opened, and why. That stays as it is. */
  readonly unopened: readonly (EndpointName & { readonly problem: string })[];
}

type OutdatedEndpoint = EndpointName & { readonly number: string; readonly sealedHeaders: Buffer | null };

interface OutdatedSecret {
  readonly endpoint: string;
  readonly id: number;
  readonly sealed: Buffer;
}

/** Counts the endpoints of which a secret or the headers were sealed with another key than the first. */
export async function countOutdated(pool: pg.Pool, sealing: Sealing): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`select count(*)::integer as count ${OUTDATED}`, [
    sealing.firstKeyPrefix,
  ]);
  return rows[0]?.count ?? 0;
}

/** Seals with the first key what was sealed with another one, of at most `limit` endpoints with numbers beyond `after`. */
export async function resealPage(
  pool: pg.Pool,
  sealing: Sealing,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<ResealedPage> {
  return inTransaction(pool, async (client) => {
    // All locks come before the first change: every change locks the one row of endpoint_revision, for which others wait
    // while they hold an endpoint.
    const { rows: endpoints } = await client.query<OutdatedEndpoint>(
      `select e.number, e.tenant_id as "tenantId", e.id, e.sealed_headers as "sealedHeaders" ${OUTDATED} and e.number > $2
        order by e.number limit $3 for no key update of e`,
      [sealing.firstKeyPrefix, after, limit],
    );
    const unopened = new Map<string, string>();
    const byNumber = new Map(endpoints.map((endpoint) => [endpoint.number, endpoint]));
    const sealedAnew = (number: string, sealed: Buffer, context: (name: EndpointName) => string) => {
      const name = byNumber.get(number);
      if (name === undefined) throw new Error(`endpoint ${number} is not on this page`);
      try {
        return [sealing.seal(sealing.open(sealed, context(name)), context(name))];
      } catch (error) {
        if (!(error instanceof SealingError)) throw error;
        unopened.set(number, error.message);
        return [];
      }
    };
    await resealSecrets(client, sealing.firstKeyPrefix, { numbers: [...byNumber.keys()], sealedAnew });
    for (const { number, sealedHeaders } of endpoints) {
      if (sealedHeaders === null) continue;
      for (const sealed of sealedAnew(number, sealedHeaders, headersContext))
        await client.query('update endpoint set sealed_headers = $2 where number = $1', [number, sealed]);
    }
    return {
      lastNumber: endpoints.at(-1)?.number ?? null,
      resealed: endpoints.length - unopened.size,
      unopened: endpoints.flatMap(({ number, tenantId, id }) => {
        const problem = unopened.get(number);
        return problem === undefined ? [] : [{ tenantId, id, problem }];
      }),
    };
  });
}

async function resealSecrets(
  client: pg.ClientBase,
  prefix: Buffer,
  page: {
    readonly numbers: readonly string[];
    readonly sealedAnew: (
      number: string,
      sealed: Buffer,
      context: (name: EndpointName) => string,
    ) => Buffer[];
  },
): Promise<void> {
  const { rows } = await client.query<OutdatedSecret>(
    `select endpoint, id, sealed from endpoint_secret
      where endpoint = any($1::bigint[]) and (expires_at is null or expires_at > now())
        and substr(sealed, 1, length($2::bytea)) <> $2
      order by endpoint, id`,
    [page.numbers, prefix],
  );
  for (const { endpoint, id, sealed: old } of rows)
    for (const sealed of page.sealedAnew(endpoint, old, secretContext))
      await client.query('update endpoint_secret set sealed = $3 where endpoint = $1 and id = $2', [
        endpoint,
        id,
        sealed,
      ]);
}
