import type pg from 'pg';
import type { EndpointName } from './reference.ts';

/** A row of the view `endpoint_status`. */
export interface EndpointStatus {
  readonly tenantId: string;
  readonly id: string;
  readonly clientId: string;
  readonly url: string;
  readonly state: 'active' | 'paused' | 'disabled';
  readonly stateReason: string | null;
  readonly stateChangedAt: Date;
  readonly format: string;
  readonly eventTypes: readonly string[] | null;
  readonly ordered: boolean;
  readonly concurrency: number;
  readonly ratePerSecond: number | null;
  readonly timeoutSeconds: number;
  readonly createdAt: Date;
  readonly waiting: number;
  readonly waitingSince: Date | null;
  readonly retrying: number;
  readonly nextRetryAt: Date | null;
  readonly dead: number;
  readonly lost: number;
  readonly lastSuccessAt: Date | null;
  readonly failingSince: Date | null;
  readonly failures: number | null;
}

const STATUS = `s.tenant_id as "tenantId", s.id, s.client_id as "clientId", s.url, s.state, s.state_reason as "stateReason",
  s.state_changed_at as "stateChangedAt", s.format, s.event_types as "eventTypes", s.ordered, s.concurrency,
  s.rate_per_second as "ratePerSecond", s.timeout_seconds as "timeoutSeconds", s.created_at as "createdAt",
  s.waiting::float8 as waiting, s.waiting_since as "waitingSince", s.retrying::float8 as retrying,
  s.next_retry_at as "nextRetryAt", s.dead::float8 as dead, s.lost::float8 as lost,
  s.last_success_at as "lastSuccessAt", s.failing_since as "failingSince", s.failures`;

interface EndpointFilter {
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly state?: string;
}

/** Returns at most `limit` endpoints in the order of tenant and id, after that one. */
export async function listEndpoints(
  pool: pg.Pool,
  { tenantId, clientId, state }: EndpointFilter,
  { after, limit }: { readonly after?: EndpointName; readonly limit: number },
): Promise<EndpointStatus[]> {
  const { rows } = await pool.query<EndpointStatus>(
    // The page is chosen before the backlog of its endpoints is counted.
    `select ${STATUS}
       from endpoint_status s
      where s.number = any(array(
              select number from endpoint
               where ($1::text is null or tenant_id = $1) and ($2::text is null or client_id = $2)
                 and ($3::text is null or state = $3) and ($4::text is null or (tenant_id, id) > ($4, $5::text))
               order by tenant_id, id limit $6))
      order by s.tenant_id, s.id`,
    [tenantId ?? null, clientId ?? null, state ?? null, after?.tenantId ?? null, after?.id ?? null, limit],
  );
  return rows;
}

/** A secret, without what is secret about it. */
export interface SecretSummary {
  readonly id: number;
  readonly kind: 'hmac' | 'ed25519';
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

export interface ReplaySummary {
  readonly id: string;
  readonly kind: string;
  readonly since: Date | null;
  readonly requestedAt: Date;
  readonly finishedAt: Date | null;
  readonly messages: number;
  /** Those that are still to be delivered; null of kind `from`, whose deliveries are automatic ones. */
  readonly retrying: number | null;
}

export interface EndpointDetails extends EndpointStatus {
  readonly retrySeconds: readonly number[];
  readonly headerNames: readonly string[];
  readonly secrets: readonly SecretSummary[];
  /** The newest ones. */
  readonly replays: readonly ReplaySummary[];
}

const REPLAYS_SHOWN = 20;

export async function showEndpoint(
  pool: pg.Pool,
  { tenantId, id }: EndpointName,
): Promise<EndpointDetails | undefined> {
  const { rows } = await pool.query<
    EndpointStatus & Pick<EndpointDetails, 'retrySeconds' | 'headerNames'> & { number: string }
  >(
    `select ${STATUS}, e.retry_seconds as "retrySeconds", e.header_names as "headerNames", e.number
       from endpoint_status s join endpoint e using (number)
      where s.tenant_id = $1 and s.id = $2`,
    [tenantId, id],
  );
  const [found] = rows;
  if (found === undefined) return undefined;
  const { number, ...endpoint } = found;
  const secrets = await pool.query<SecretSummary>(
    `select id, kind, created_at as "createdAt", expires_at as "expiresAt"
       from endpoint_secret
      where endpoint = $1 and (expires_at is null or expires_at > now())
      order by kind desc, id desc`,
    [number],
  );
  const replays = await pool.query<ReplaySummary>(
    `select r.id::text as id, r.kind, r.since, r.requested_at as "requestedAt", r.finished_at as "finishedAt",
            r.messages::float8 as messages,
            case when r.kind <> 'from' then (select count(*) from retry t where t.endpoint = $1 and t.unit = r.id) end::float8 as retrying
       from replay r where r.endpoint = $1 order by r.id desc limit ${REPLAYS_SHOWN}`,
    [number],
  );
  return { ...endpoint, secrets: secrets.rows, replays: replays.rows };
}
