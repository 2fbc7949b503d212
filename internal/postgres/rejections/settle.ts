import type pg from 'pg';
import { REGISTRY_REASONS } from '../../event/rejection.ts';
import type { ReplayResult } from '../../processor/ports.ts';
import { tasksOfRegistered } from './registered.ts';
import { claimedName, describingText } from './text.ts';

/**
 * Records the results of replays; rows that are no longer open stay unchanged. A rejection that still waits for a name is
 * kept under its current names, by which it is found when they are registered.
 */
export async function settleRejections(pool: pg.Pool, results: readonly ReplayResult[]): Promise<void> {
  const waiting = results.map((result) =>
    result.kind === 'refused' && REGISTRY_REASONS.some((reason) => reason === result.reason)
      ? result.claims
      : undefined,
  );
  await pool.query(
    `with settled as (
       update rejection r
          set state = case when i.reason is null then 'replayed' else 'open' end,
              settled_at = case when i.reason is null then now() end,
              message_id = i.message_id,
              reason = coalesce(i.reason, r.reason),
              detail = coalesce(i.detail, r.detail),
              tenant_id = coalesce(i.tenant_id, r.tenant_id),
              client_id = coalesce(i.client_id, r.client_id),
              event_type = coalesce(i.event_type, r.event_type)
         from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
              as i (id, message_id, reason, detail, tenant_id, client_id, event_type)
        where r.id = i.id and r.state = 'open'
       returning i.reason, r.tenant_id, r.client_id, r.event_type
     )
     ${tasksOfRegistered('settled')}`,
    [
      results.map(({ id }) => id),
      results.map((result) => (result.kind === 'replayed' ? result.messageId : null)),
      results.map((result) => (result.kind === 'refused' ? result.reason : null)),
      results.map((result) => (result.kind === 'refused' ? describingText(result.detail) : null)),
      waiting.map((claims) => claimedName(claims?.tenantId)),
      waiting.map((claims) => claimedName(claims?.clientId)),
      waiting.map((claims) => claimedName(claims?.eventType)),
    ],
  );
}
