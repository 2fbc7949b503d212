/**
 * An event as it is stored, whatever envelope it came in.
 * Strings hold neither NUL nor lone surrogates: PostgreSQL would refuse or change them.
 */
export interface Event {
  readonly tenantId: string;
  readonly clientId: string;
  readonly eventType: string;
  /** The producing application. With tenant and event id, the identity of the event (CloudEvents 1.0, "id"). */
  readonly source: string;
  readonly eventId: string;
  /** JSON text of the payload, numbers as their source wrote them. */
  readonly payload: string;
  /** `base64` when the payload is the text of CloudEvents' `data_base64`. */
  readonly payloadEncoding: 'base64' | null;
  readonly contentType: string | null;
  /** RFC 3339, to the microsecond, with the offset its producer wrote: the database keeps the instant. */
  readonly occurredAt: string | null;
  /** RFC 3339 likewise: not to be delivered before. Not part of the event's content, which tells duplicates from conflicts. */
  readonly deliverAfter: string | null;
  readonly traceparent: string | null;
  /** JSON text of an object with what the event has and no field here: extensions, further members; null without any. */
  readonly attributes: string | null;
  /** JSON text of an object with the SQS attributes that came with it; null without any. */
  readonly sqsAttributes: string | null;
}

/** What could be read of an event that was refused; for finding it again. */
export interface EventClaims {
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly eventType?: string;
  readonly source?: string;
  readonly eventId?: string;
}
