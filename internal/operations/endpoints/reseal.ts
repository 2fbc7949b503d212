import type pg from 'pg';
import type { EndpointName } from '../../postgres/endpoints/reference.ts';
import { resealPage } from '../../postgres/endpoints/reseal.ts';
import type { Sealing } from '../../postgres/sealing.ts';

/** Endpoints of a transaction: whoever changes one of them waits for the whole page. */
const PAGE = 50;

interface Resealed {
  readonly resealed: number;
  readonly unopened: readonly (EndpointName & { readonly problem: string })[];
  /** False when it was interrupted. */
  readonly complete: boolean;
}

/** Seals secrets and headers of all endpoints with the first key, page by page; the signal ends it after a page. */
export async function resealEndpoints(
  pool: pg.Pool,
  sealing: Sealing,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: (done: number) => void },
): Promise<Resealed> {
  let resealed = 0;
  const unopened: Resealed['unopened'][number][] = [];
  for (let after = '0'; !signal.aborted; ) {
    const page = await resealPage(pool, sealing, { after, limit: PAGE });
    if (page.lastNumber === null) return { resealed, unopened, complete: true };
    after = page.lastNumber;
    resealed += page.resealed;
    unopened.push(...page.unopened);
    progress(resealed + unopened.length);
  }
  return { resealed, unopened, complete: false };
}
