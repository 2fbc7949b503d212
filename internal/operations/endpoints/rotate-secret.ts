import type pg from 'pg';
import type { EndpointName } from '../../postgres/endpoints/reference.ts';
import { rotateSecret } from '../../postgres/endpoints/rotate-secret.ts';
import type { SigningSecret } from '../../sender/ports.ts';
import { type Sealing, secretContext } from '../../postgres/sealing.ts';
import { problemOfSealed } from './problems.ts';
import { drawSecret, type ShownSecret, shown } from './sealed.ts';

type Rotated =
  | { readonly kind: 'rotated' | 'added'; readonly secret: ShownSecret }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too_many' }
  | { readonly kind: 'unreadable' };

interface Rotation {
  readonly secret: Pick<SigningSecret, 'kind' | 'key'> | SigningSecret['kind'];
  readonly keepSeconds: number;
  readonly sealing: Pick<Sealing, 'seal' | 'open'>;
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
    opens: (each) => problemOfSealed(sealing, each, secretContext(name)) === undefined,
  });
  if (outcome !== 'rotated' && outcome !== 'added') return { kind: outcome };
  return { kind: outcome, secret: shown({ kind, key }) };
}
