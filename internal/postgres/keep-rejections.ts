import type pg from 'pg';
import type { TextAttributes } from '../event/message-attributes.ts';
import type { RejectionRecord } from '../event/storing.ts';

/** Longer names cannot be registered; as a claim they are cut, because an index entry of over 2.7 kB is an error. */
const MAX_NAME = 256;
const MAX_TEXT = 2_000;

/**
 * Inserts rejections, one row per queue, SQS message and index. One that is there and open gets the newest reason,
 * detail and receive count; one that is settled stays as it is. What describes is made storable, so that keeping a
 * rejection cannot fail on content; the body is kept byte for byte.
 */
export async function keepRejections(pool: pg.Pool, rejections: readonly RejectionRecord[]): Promise<void> {
  const rows = lastOfEachPlace(rejections);
  await pool.query(
    `insert into rejection (queue, sqs_message_id, event_index, reason, detail, tenant_id, client_id, event_type, source,
                            event_id, body, attributes, system_attributes, receive_count, received_at)
     select * from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
                          $8::text[], $9::text[], $10::text[], $11::bytea[], $12::jsonb[], $13::jsonb[],
                          $14::integer[], $15::timestamptz[])
         on conflict (queue, sqs_message_id, event_index) do update
        set reason = excluded.reason, detail = excluded.detail, receive_count = excluded.receive_count,
            received_at = excluded.received_at
      where rejection.state = 'open'`,
    [
      rows.map(({ queue }) => queue),
      rows.map(({ sqsMessageId }) => storable(sqsMessageId, MAX_NAME)),
      rows.map(({ eventIndex }) => eventIndex),
      rows.map(({ reason }) => reason),
      rows.map(({ detail }) => storable(detail, MAX_TEXT)),
      rows.map(({ claims }) => claim(claims.tenantId, MAX_NAME)),
      rows.map(({ claims }) => claim(claims.clientId, MAX_NAME)),
      rows.map(({ claims }) => claim(claims.eventType, MAX_NAME)),
      rows.map(({ claims }) => claim(claims.source, MAX_TEXT)),
      rows.map(({ claims }) => claim(claims.eventId, MAX_TEXT)),
      rows.map(({ body }) => Buffer.from(body, 'utf8')),
      rows.map(({ attributes }) => JSON.stringify(storableAttributes(attributes))),
      rows.map(({ systemAttributes }) => JSON.stringify(storableAttributes(systemAttributes))),
      rows.map(({ receiveCount }) => receiveCount),
      rows.map(({ receivedAt }) => receivedAt.toISOString()),
    ],
  );
}

// One statement may not update a row twice (SQLSTATE 21000). Sorted, so that two processors cannot deadlock.
function lastOfEachPlace(rejections: readonly RejectionRecord[]): RejectionRecord[] {
  const places = new Map<string, RejectionRecord>();
  for (const rejection of rejections) {
    places.set(JSON.stringify([rejection.queue, rejection.sqsMessageId, rejection.eventIndex]), rejection);
  }
  return [...places].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, rejection]) => rejection);
}

function storableAttributes(attributes: TextAttributes): TextAttributes {
  const entries = Object.entries(attributes);
  return Object.fromEntries(
    entries.map(([name, value]) => [storable(name, MAX_NAME), storable(value, Number.POSITIVE_INFINITY)]),
  );
}

function claim(text: string | undefined, maxLength: number): string | null {
  return text === undefined ? null : storable(text, maxLength);
}

function storable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed().replaceAll('\u0000', '\uFFFD');
}
