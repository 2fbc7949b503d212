import type pg from 'pg';
import type { EndpointName } from '../../postgres/endpoints/reference.ts';
import { endpointsWithoutSecret, sealedOfEndpoints } from '../../postgres/endpoints/sealed-secrets.ts';
import { type Sealing, SealingError } from '../../postgres/sealing.ts';

type EndpointProblem = EndpointName & { readonly problem: string };

/** Finds endpoints to which nothing is sent because a secret or a header cannot be opened; of all endpoints, or of these. */
export async function unopenedEndpoints(
  pool: pg.Pool,
  sealing: Sealing,
  only?: readonly EndpointName[],
): Promise<EndpointProblem[]> {
  const problems = new Map<string, EndpointProblem>();
  for (const { tenantId, id, sealed, context } of await sealedOfEndpoints(pool, only)) {
    const problem = problemOfSealed(sealing, sealed, context);
    if (problem !== undefined) problems.set(JSON.stringify([tenantId, id]), { tenantId, id, problem });
  }
  return [...problems.values()];
}

/** Says why sealed bytes cannot be opened; undefined when they can. */
export function problemOfSealed(
  sealing: Pick<Sealing, 'open'>,
  sealed: Buffer,
  context: string,
): string | undefined {
  try {
    sealing.open(sealed, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    return error.message;
  }
}

/** Says why nothing can be sent to an endpoint; null when its secrets and headers can be used. */
export async function endpointProblem(
  pool: pg.Pool,
  sealing: Sealing,
  name: EndpointName,
): Promise<string | null> {
  if ((await endpointsWithoutSecret(pool, name)).length > 0) return 'it has no secret that is valid';
  const [unopened] = await unopenedEndpoints(pool, sealing, [name]);
  return unopened?.problem ?? null;
}
