import type { OpenRejection } from '../../event/storing.ts';

/** An OpenRejection as PostgreSQL gives it: the body is bytes, because it may hold NUL. */
export interface OpenRejectionRow extends Omit<OpenRejection, 'body'> {
  readonly body: Buffer;
}

export function toOpenRejection(row: OpenRejectionRow): OpenRejection {
  const { id, queue, sqsMessageId, eventIndex, body, attributes, receiveCount, receivedAt } = row;
  return {
    id,
    queue,
    sqsMessageId,
    eventIndex,
    body: body.toString('utf8'),
    attributes,
    receiveCount,
    receivedAt,
  };
}

/** The columns of an OpenRejectionRow, from `rejection r`. */
export const OPEN_REJECTION_COLUMNS = `r.id::text as id, r.queue, r.sqs_message_id as "sqsMessageId",
  r.event_index as "eventIndex", r.body, r.attributes, r.receive_count as "receiveCount", r.received_at as "receivedAt"`;

/** Of `rejection r`: those that wait for a registration. Word for word the condition of the indexes on them. */
export const WAITS = `r.state = 'open' and r.reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type')`;
