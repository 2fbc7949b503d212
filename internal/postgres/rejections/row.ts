import { splitAttributes, type TextAttributes } from '../../event/body/message-attributes.ts';
import type { OpenRejection } from '../../processor/ports.ts';

/** An OpenRejection as PostgreSQL returns it: the body is bytes, because it may contain NUL. */
export interface OpenRejectionRow extends Omit<OpenRejection, 'body' | 'systemAttributes'> {
  readonly body: Buffer;
  readonly systemAttributes: TextAttributes | null;
}

export function toOpenRejection(row: OpenRejectionRow): OpenRejection {
  const { id, queue, sqsMessageId, eventIndex, eventId, body, receiveCount, receivedAt } = row;
  return {
    id,
    queue,
    sqsMessageId,
    eventIndex,
    eventId,
    body: body.toString('utf8'),
    ...attributesOf(row),
    receiveCount,
    receivedAt,
  };
}

/** Returns the attributes of the sender and of SQS apart, even for rows of a release that kept them together. */
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

/** Bytes of `rejection r` once it is read: body and attributes. */
const BYTES = `(octet_length(r.body) + ${expandedSize('r.attributes')} + coalesce(${expandedSize('r.system_attributes')}, 0))`;

/**
 * The size of a jsonb that holds an object, which may be stored in a hundredth of it. Joining it to nothing expands it; its text would take
 * fifty times as long to make, where most of it has to be escaped. One that is not compressed is not even read.
 */
function expandedSize(column: string): string {
  return `case when pg_column_compression(${column}) is null then pg_column_size(${column})
               else pg_column_size(${column} || '{}') end`;
}

/** Bytes of the rows before this one, in that order. */
export function bytesBefore(order: string): string {
  return `coalesce(sum(${BYTES}) over (order by ${order} rows between unbounded preceding and 1 preceding), 0)`;
}

/** Selects rows of `rejection r` that wait for a registration. Word for word the condition of the indexes on them. */
export const WAITS = `r.state = 'open' and r.reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type')`;
