import type pg from 'pg';
import type { EndpointName } from '../../postgres/endpoints/reference.ts';
import { endpointsWithoutSecret, sealedOfEndpoints } from '../../postgres/endpoints/sealed-secrets.ts';
import { type Sealing, SealingError } from '../../postgres/sealing.ts';

type EndpointProblem = EndpointName & { readonly problem: string };

/** Finds endpoints to which nothing is sent because a secret or a header cannot be opened; of all endpoints, or of one. */
export async function unopenedEndpoints(
  pool: pg.Pool,
  sealing: Sealing,
  only?: EndpointName,
): Promise<EndpointProblem[]> {
  const problems = new Map<string, EndpointProblem>();
  for (const { tenantId, id, sealed, context } of await sealedOfEndpoints(pool, only)) {
    try {
      sealing.open(sealed, context);
    } catch (error) {
      if (!(error instanceof SealingError)) throw error;
      problems.set(JSON.stringify([tenantId, id]), { tenantId, id, problem: error.message });
    }
  }
  return [...problems.values()];
}

/** Says why nothing can be sent to an endpoint; null when its secrets and headers can be used. */
export async function endpointProblem(
  pool: pg.Pool,
  sealing: Sealing,
  name: EndpointName,
): Promise<string | null> {
  if ((await endpointsWithoutSecret(pool, name)).length > 0) return 'it has no secret that is valid';
  const [unopened] = await unopenedEndpoints(pool, sealing, name);
  return unopened?.problem ?? null;
}
