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

/** Selects rows of `rejection r` that wait for a registration. Word for word the condition of the indexes on them. */
export const WAITS = `r.state = 'open' and r.reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type')`;
