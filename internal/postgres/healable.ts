import type pg from 'pg';
import { splitAttributes, type TextAttributes } from '../event/message-attributes.ts';
import type { OpenRejection } from '../event/storing.ts';

/**
 * Open rejections for an unknown tenant, client or event type that are all registered by now, oldest first.
 * The recursion jumps from one (tenant, client, event type) to the next along the index: its cost is the number of
 * different names, not of rejections.
 */
export async function healableRejections(pool: pg.Pool, limit: number): Promise<OpenRejection[]> {
  const { rows } = await pool.query<OpenRejectionRow>(
    `with recursive kind as (
       (select tenant_id, client_id, event_type
          from rejection
         where state = 'open' and reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type')
         order by tenant_id, client_id, event_type
         limit 1)
       union all
       select n.tenant_id, n.client_id, n.event_type
         from kind k
        cross join lateral (
          select r.tenant_id, r.client_id, r.event_type
            from rejection r
           where r.state = 'open' and r.reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type')
             and (r.tenant_id, r.client_id, r.event_type) > (k.tenant_id, k.client_id, k.event_type)
           order by r.tenant_id, r.client_id, r.event_type
           limit 1) n
     )
     select ${OPEN_REJECTION_COLUMNS}
       from kind k
       join client c on c.tenant_id = k.tenant_id and c.id = k.client_id
       join event_type e on e.tenant_id = k.tenant_id and e.name = k.event_type
       join rejection r on (r.tenant_id, r.client_id, r.event_type) = (k.tenant_id, k.client_id, k.event_type)
        and r.state = 'open' and r.reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type')
      order by r.id
      limit $1`,
    [limit],
  );
  return rows.map(toOpenRejection);
}

/** An OpenRejection as PostgreSQL gives it: the body is bytes, because it may hold NUL. */
export interface OpenRejectionRow extends Omit<OpenRejection, 'body' | 'systemAttributes'> {
  readonly body: Buffer;
  readonly systemAttributes: TextAttributes | null;
}

export function toOpenRejection(row: OpenRejectionRow): OpenRejection {
  return { ...row, ...attributesOf(row), body: row.body.toString('utf8') };
}

/** Those of the sender and those of SQS, apart also in rows of a release that kept them together. */
export function attributesOf({
  attributes,
  systemAttributes,
}: Pick<OpenRejectionRow, 'attributes' | 'systemAttributes'>): Pick<
  OpenRejection,
  'attributes' | 'systemAttributes'
> {
  return systemAttributes === null ? splitAttributes(attributes) : { attributes, systemAttributes };
}

/** The columns of an OpenRejectionRow, from `rejection r`. */
export const OPEN_REJECTION_COLUMNS = `r.id::text as id, r.queue, r.sqs_message_id as "sqsMessageId",
  r.event_index as "eventIndex", r.event_id as "eventId", r.body, r.attributes,
  r.system_attributes as "systemAttributes", r.receive_count as "receiveCount", r.received_at as "receivedAt"`;
