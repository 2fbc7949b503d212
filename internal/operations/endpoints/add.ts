import type pg from 'pg';
import { type EndpointOptions, insertEndpoint } from '../../postgres/endpoints/add.ts';
import { otherIsolation } from '../../postgres/endpoints/isolation.ts';
import type { EndpointName } from '../../postgres/endpoints/reference.ts';
import { unregisteredTypes } from '../../postgres/endpoints/unregistered-types.ts';
import type { SigningSecret } from '../../sender/ports.ts';
import { sleep } from '../../waiting/sleep.ts';
import { secretContext } from '../../postgres/sealing.ts';
import { drawSecret, type Seals, sealedHeaders, type ShownSecret, shown } from './sealed.ts';

export interface EndpointWanted extends EndpointName {
  readonly clientId: string;
  readonly options: Partial<Omit<EndpointOptions, 'headerNames' | 'sealedHeaders'>> &
    Pick<EndpointOptions, 'url'>;
  readonly headers: Readonly<Record<string, string>>;
  /** The HMAC secret; one is drawn when it is undefined. */
  readonly secret: Pick<SigningSecret, 'kind' | 'key'> | undefined;
  /** Whether requests are signed with an Ed25519 key besides. */
  readonly ed25519: boolean;
  /** Since when it gets what was stored before it was added; undefined for nothing of that. */
  readonly from: Date | undefined;
}

interface AddedEndpoint {
  readonly kind: 'added';
  /** Chooses what was stored before, if that was wanted: `runReplay` runs it. */
  readonly replay: string | undefined;
  readonly secrets: readonly ShownSecret[];
  /** Event types that it wants and that are not registered. */
  readonly unregistered: readonly string[];
}

type AddOutcome =
  | AddedEndpoint
  | { readonly kind: 'exists' | 'unknown_client' | 'other_cluster' | 'interrupted' }
  | { readonly kind: 'isolation'; readonly found: string };

interface AddParts {
  readonly sealing: Seals;
  readonly signal: AbortSignal;
  /** Called once when storing statements have kept it waiting for a second. */
  readonly waiting: () => void;
}

const WAITING_MS = 1_000;
/** Between two tries, stores go on for a multiple of the time that they may have waited. */
const PAUSE_MS = 300;

/**
 * Adds an endpoint: every message of its client is delivered that is committed from then on. This needs a lock that waits for
 * the stores in flight; it is requested for a moment at a time, so that stores never queue behind it for long.
 */
export async function addEndpoint(
  pool: pg.Pool,
  wanted: EndpointWanted,
  parts: AddParts,
): Promise<AddOutcome> {
  const found = await otherIsolation(pool);
  if (found !== undefined) return { kind: 'isolation', found };
  const secrets = [wanted.secret ?? drawSecret('hmac'), ...(wanted.ed25519 ? [drawSecret('ed25519')] : [])];
  const endpoint = {
    tenantId: wanted.tenantId,
    clientId: wanted.clientId,
    id: wanted.id,
    from: wanted.from,
    options: { ...wanted.options, ...sealedHeaders(wanted, wanted.headers, parts.sealing) },
    secrets: secrets.map(({ kind, key }) => ({
      kind,
      sealed: parts.sealing.seal(key, secretContext(wanted)),
    })),
  };
  const startedMs = performance.now();
  for (let told = false; !parts.signal.aborted; ) {
    const inserted = await insertEndpoint(pool, endpoint);
    if (inserted.kind === 'added')
      return {
        ...inserted,
        secrets: secrets.map(shown),
        unregistered: await unregisteredTypes(pool, wanted.tenantId, wanted.options.eventTypes ?? []),
      };
    if (inserted.kind !== 'busy') return { kind: inserted.kind };
    if (!told && performance.now() - startedMs > WAITING_MS) {
      told = true;
      parts.waiting();
    }
    await sleep(PAUSE_MS * (0.5 + Math.random()), parts.signal);
  }
  return { kind: 'interrupted' };
}
