import type pg from 'pg';
import { wants } from '../endpoints/reference.ts';
import { WAITING } from './waiting.ts';
import { timeOf } from './filter.ts';

/** An attempt with what the receiver answered. */
export interface ShownAttempt {
  readonly unit: number;
  readonly attempt: number;
  readonly outcome: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly response: string | null;
  readonly milliseconds: number;
  readonly attemptId: string;
  readonly attemptedAt: string;
}

/** What became of a message at one endpoint of its client. */
export interface MessageDelivery {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly url: string;
  readonly endpointState: string;
  /**
   * Of the automatic delivery. `skipped`: the endpoint does not want the type. `none`: nothing is known, because the message was
   * stored before the endpoint was added, or attempts of that time are gone.
   */
  readonly state: 'delivered' | 'retrying' | 'dead' | 'waiting' | 'skipped' | 'none';
  readonly dueAt: Date | null;
  readonly deadReason: string | null;
  /** Replays of the message that are still to be delivered. */
  readonly replaysWaiting: number;
  /** In the order of time, those of replays with them. */
  readonly attempts: readonly ShownAttempt[];
}

/** Returns the deliveries of a message, one for each endpoint that its client has. */
export async function deliveriesOf(pool: pg.Pool, messageId: string): Promise<MessageDelivery[]> {
  const { rows } = await pool.query<MessageDelivery>(
    `select e.tenant_id as "tenantId", e.id as "endpointId", e.url, e.state as "endpointState",
            case when a.delivered then 'delivered'
                 when r.message_id is not null then 'retrying'
                 when d.message_id is not null then 'dead'
                 when not ${wants('own.event_type')} then 'skipped'
                 when exists (select from (select) as always join ${WAITING} and w.id = own.id) then 'waiting'
                 else 'none' end as state,
            r.due_at as "dueAt", d.reason as "deadReason",
            (select count(*) from retry t join replay p on p.id = t.unit and p.endpoint = e.number
              where t.endpoint = e.number and t.message_id = own.id)::integer as "replaysWaiting",
            coalesce(a.attempts, '[]') as attempts
       from message own
       join endpoint e on e.tenant_id = own.tenant_id and e.client_id = own.client_id
       join endpoint_mark k on k.endpoint = e.number
       left join retry r on r.endpoint = e.number and r.unit = 0 and r.message_id = own.id
       left join dead d on d.endpoint = e.number and d.unit = 0 and d.message_id = own.id
       left join lateral (
         select bool_or(a.outcome = 'delivered' and a.unit = 0) as delivered,
                json_agg(json_build_object('unit', a.unit, 'attempt', a.number, 'outcome', a.outcome, 'status', a.status,
                                           'error', a.error, 'response', a.response, 'milliseconds', a.milliseconds,
                                           'attemptId', a.id, 'attemptedAt', ${timeOf('a.id')}) order by a.id) as attempts
           from attempt a
          where a.message_id = own.id and a.endpoint = e.number
       ) a on true
      where own.id = $1
      order by e.id`,
    [messageId],
  );
  return rows;
}
