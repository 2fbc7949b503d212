import type pg from 'pg';
import type { SigningSecret } from '../../sender/ports.ts';
import { inTransaction } from '../transaction.ts';
import type { EndpointName } from './reference.ts';

/** Secrets of a kind that may be valid at a time: each adds a signature to every request. */
export const MOST_SECRETS = 3;

interface NewSecret {
  readonly kind: SigningSecret['kind'];
  readonly sealed: Buffer;
  /** How long the secrets before it stay valid. */
  readonly keepSeconds: number;
}

/**
 * Gives an endpoint a new secret. The current one of its kind expires after `keepSeconds`; those that have expired are deleted.
 * `added`: it had none of that kind; `too_many`: nothing was changed.
 */
export async function rotateSecret(
  pool: pg.Pool,
  { tenantId, id }: EndpointName,
  { kind, sealed, keepSeconds }: NewSecret,
): Promise<'rotated' | 'added' | 'missing' | 'too_many'> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ number: string }>(
      'select number from endpoint where tenant_id = $1 and id = $2 for update',
      [tenantId, id],
    );
    const number = rows[0]?.number;
    if (number === undefined) return 'missing';
    await client.query('delete from endpoint_secret where endpoint = $1 and expires_at <= now()', [number]);
    const { rows: live } = await client.query<{ kind: string; current: boolean }>(
      'select kind, expires_at is null as current from endpoint_secret where endpoint = $1',
      [number],
    );
    const kept = live.filter((each) => each.kind === kind && (keepSeconds > 0 || !each.current));
    if (kept.length >= MOST_SECRETS) return 'too_many';
    await client.query(
      keepSeconds > 0
        ? `update endpoint_secret set expires_at = now() + $3 * interval '1 second'
            where endpoint = $1 and kind = $2 and expires_at is null`
        : 'delete from endpoint_secret where endpoint = $1 and kind = $2 and expires_at is null and $3 = 0',
      [number, kind, keepSeconds],
    );
    await client.query(
      `insert into endpoint_secret (endpoint, id, kind, sealed)
       select $1, coalesce(max(id), 0) + 1, $2, $3 from endpoint_secret where endpoint = $1`,
      [number, kind, sealed],
    );
    return live.some((each) => each.kind === kind) ? 'rotated' : 'added';
  });
}
