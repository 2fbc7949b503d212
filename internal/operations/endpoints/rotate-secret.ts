import type pg from 'pg';
import type { EndpointName } from '../../postgres/endpoints/reference.ts';
import { rotateSecret } from '../../postgres/endpoints/rotate-secret.ts';
import type { SigningSecret } from '../../sender/ports.ts';
import { secretContext } from '../../postgres/sealing.ts';
import { drawSecret, type Seals, type ShownSecret, shown } from './sealed.ts';

type Rotated =
  | { readonly kind: 'rotated' | 'added'; readonly secret: ShownSecret }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too_many' };

interface Rotation {
  readonly secret: Pick<SigningSecret, 'kind' | 'key'> | SigningSecret['kind'];
  readonly keepSeconds: number;
  readonly sealing: Seals;
}

/** Gives an endpoint a new secret, drawn or as given; the one before it stays valid for `keepSeconds`. */
export async function rotateEndpointSecret(
  pool: pg.Pool,
  name: EndpointName,
  { secret, keepSeconds, sealing }: Rotation,
): Promise<Rotated> {
  const { kind, key } = typeof secret === 'string' ? drawSecret(secret) : secret;
  const outcome = await rotateSecret(pool, name, {
    kind,
    sealed: sealing.seal(key, secretContext(name)),
    keepSeconds,
  });
  if (outcome === 'missing' || outcome === 'too_many') return { kind: outcome };
  return { kind: outcome, secret: shown({ kind, key }) };
}
