import type pg from 'pg';
import type { TextAttributes } from '../../event/body/message-attributes.ts';
import type { RejectionRecord } from '../../processor/ports.ts';
import { byteaArray, textArray } from '../binary-arrays.ts';
import { tasksOfRegistered } from './registered.ts';
import { claimedName, describingText, nameText, storable } from './text.ts';

/**
 * Inserts rejections, one row per queue, SQS message and index. An existing open row gets the newest reason, detail, names
 * and receive count; a settled row stays unchanged. Descriptive texts are made storable, so that keeping a rejection cannot
 * fail on content; the body is kept byte for byte. A rejection for a name that was registered after the event was decided
 * gets a healing task: the registration's own task may be done already.
 */
export async function keepRejections(
  client: pg.Pool | pg.ClientBase,
  rejections: readonly RejectionRecord[],
  lockTimeoutMs: number,
): Promise<void> {
  const rows = lastOfEachPlace(rejections);
  await client.query(
    `with kept as (
       insert into rejection (queue, sqs_message_id, event_index, reason, detail, tenant_id, client_id, event_type, source,
                              event_id, body, attributes, system_attributes, receive_count, received_at)
       select i.queue, i.sqs_message_id, i.event_index::integer, i.reason, i.detail, i.tenant_id, i.client_id,
              i.event_type, i.source, i.event_id, i.body, i.attributes::jsonb, i.system_attributes::jsonb, i.receive_count,
              i.received_at
         from (select set_config('lock_timeout', $16, true)) as patience,
              unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::bytea[], $12::text[], $13::text[], $14::integer[],
                     $15::timestamptz[])
                as i (queue, sqs_message_id, event_index, reason, detail, tenant_id, client_id, event_type, source,
                      event_id, body, attributes, system_attributes, receive_count, received_at)
           on conflict (queue, sqs_message_id, event_index) do update
          set reason = excluded.reason, detail = excluded.detail, tenant_id = excluded.tenant_id,
              client_id = excluded.client_id, event_type = excluded.event_type, source = excluded.source,
              event_id = excluded.event_id, receive_count = excluded.receive_count, received_at = excluded.received_at
        where rejection.state = 'open'
       returning reason, tenant_id, client_id, event_type
     )
     ${tasksOfRegistered('kept')}`,
    [
      rows.map(({ queue }) => queue),
      rows.map(({ sqsMessageId }) => nameText(sqsMessageId)),
      nullable(rows.map(({ eventIndex }) => eventIndex?.toString() ?? null)),
      rows.map(({ reason }) => reason),
      rows.map(({ detail }) => describingText(detail)),
      nullable(rows.map(({ claims }) => claimedName(claims.tenantId))),
      nullable(rows.map(({ claims }) => claimedName(claims.clientId))),
      nullable(rows.map(({ claims }) => claimedName(claims.eventType))),
      nullable(rows.map(({ claims }) => describing(claims.source))),
      nullable(rows.map(({ claims }) => describing(claims.eventId))),
      byteaArray(rows.map(({ body }) => body)),
      textArray(jsonOf(rows.map(({ attributes }) => attributes))),
      textArray(jsonOf(rows.map(({ systemAttributes }) => systemAttributes))),
      rows.map(({ receiveCount }) => receiveCount),
      rows.map(({ receivedAt }) => receivedAt.toISOString()),
      String(lockTimeoutMs),
    ],
  );
}

/** Sent in binary: with `array_nulls = off`, PostgreSQL would read NULL in an array literal as text. */
const nullable = textArray;

// One statement may not update a row twice (SQLSTATE 21000). Sorted, so that two processors cannot deadlock.
function lastOfEachPlace(rejections: readonly RejectionRecord[]): RejectionRecord[] {
  const places = new Map<string, RejectionRecord>();
  for (const rejection of rejections) {
    places.set(JSON.stringify([rejection.queue, rejection.sqsMessageId, rejection.eventIndex]), rejection);
  }
  return [...places].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, rejection]) => rejection);
}

/** The rejections of one SQS message share their attributes: their text is made once. */
function jsonOf(all: readonly TextAttributes[]): string[] {
  const texts = new Map<TextAttributes, string>();
  return all.map((attributes) => {
    const text = texts.get(attributes) ?? JSON.stringify(storableAttributes(attributes));
    texts.set(attributes, text);
    return text;
  });
}

function storableAttributes(attributes: TextAttributes): TextAttributes {
  const entries = Object.entries(attributes);
  return Object.fromEntries(
    entries.map(([name, value]) => [nameText(name), storable(value, Number.POSITIVE_INFINITY)]),
  );
}

function describing(text: string | undefined): string | null {
  return text === undefined ? null : describingText(text);
}
