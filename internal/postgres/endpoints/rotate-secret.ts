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
  /** Whether a secret that is there can be opened with the keys at hand: with one that cannot, nothing is sent. */
  readonly opens: (sealed: Buffer) => boolean;
}

/**
 * Gives an endpoint a new secret. The current one of its kind expires after `keepSeconds`; those that have expired are deleted.
 * With `keepSeconds` 0, those that cannot be opened are deleted, too. `added`: it had none of that kind. Nothing was changed:
 * `too_many`; `unreadable`, when one that would be kept cannot be opened.
 */
export async function rotateSecret(
  pool: pg.Pool,
  { tenantId, id }: EndpointName,
  { kind, sealed, keepSeconds, opens }: NewSecret,
): Promise<'rotated' | 'added' | 'missing' | 'too_many' | 'unreadable'> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ number: string }>(
      'select number from endpoint where tenant_id = $1 and id = $2 for update',
      [tenantId, id],
    );
    const number = rows[0]?.number;
    if (number === undefined) return 'missing';
    await client.query('delete from endpoint_secret where endpoint = $1 and expires_at <= now()', [number]);
    const { rows: live } = await client.query<{ id: number; current: boolean; sealed: Buffer }>(
      'select id, expires_at is null as current, sealed from endpoint_secret where endpoint = $1 and kind = $2',
      [number, kind],
    );
    const unreadable = live.filter((each) => !opens(each.sealed));
    if (keepSeconds > 0 && unreadable.length > 0) return 'unreadable';
    const kept = live.filter((each) => keepSeconds > 0 || !(each.current || unreadable.includes(each)));
    if (kept.length >= MOST_SECRETS) return 'too_many';
    await client.query(
      `update endpoint_secret set expires_at = now() + $3 * interval '1 second'
        where endpoint = $1 and kind = $2 and expires_at is null`,
      [number, kind, keepSeconds],
    );
    const gone = live.filter((each) => !kept.includes(each)).map(({ id: each }) => each);
    await client.query('delete from endpoint_secret where endpoint = $1 and id = any($2)', [number, gone]);
    await client.query(
      `insert into endpoint_secret (endpoint, id, kind, sealed)
       select $1, coalesce(max(id), 0) + 1, $2, $3 from endpoint_secret where endpoint = $1`,
      [number, kind, sealed],
    );
    return live.length > 0 ? 'rotated' : 'added';
  });
}
