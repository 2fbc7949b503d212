import type pg from 'pg';
import type { Message } from '../../sender/ports.ts';
import { uuidArray } from '../binary-arrays.ts';

interface MessageRow extends Omit<Message, 'deliverAfterMs'> {
  readonly deliverAfterMs: number | null;
}

/**
 * Reads messages by id, in any order; those that are gone are left out. The bounds of the ids let PostgreSQL leave out
 * partitions also by a plan that it made for other ids, which it does not do by a list.
 */
export async function readMessages(pool: pg.Pool, ids: readonly string[]): Promise<Message[]> {
  if (ids.length === 0) return [];
  const sorted = ids.toSorted();
  const { rows } = await pool.query<MessageRow>(
    `select id, tenant_id as "tenantId", client_id as "clientId", event_type as "eventType", source,
            event_id as "eventId", payload::text as payload, payload_encoding as "payloadEncoding",
            content_type as "contentType",
            to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "occurredAt", traceparent,
            attributes::text as attributes, ceil(extract(epoch from deliver_after) * 1000)::float8 as "deliverAfterMs"
       from message
      where id = any($1::uuid[]) and id between $2::uuid and $3::uuid`,
    [uuidArray(sorted), sorted[0], sorted.at(-1)],
  );
  return rows.map((row) => ({ ...row, deliverAfterMs: row.deliverAfterMs ?? undefined }));
}
