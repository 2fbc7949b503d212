/** What comes along with a body and serves those of its events that bring none of it themselves. */
export interface Carried {
  /** W3C trace context, fit to be used. */
  readonly traceparent: string | null;
  /** Goes with the traceparent, and with no other. */
  readonly tracestate: string | null;
  /** JSON text of the SQS attributes to be kept with each event; null without any. */
  readonly sqsAttributes: string | null;
  /** The same for events that have a traceparent of their own: with the trace context that they do not take. */
  readonly sqsAttributesWithTrace: string | null;
}

export const NOTHING_CARRIED: Carried = {
  traceparent: null,
  tracestate: null,
  sqsAttributes: null,
  sqsAttributesWithTrace: null,
};
