/** Why an event, or an SQS body, was not accepted. The database checks the same list (migrations/). */
export const REJECTION_REASONS = [
  'invalid_encoding',
  'malformed_json',
  'invalid_envelope',
  'unknown_tenant',
  'unknown_client',
  'unknown_event_type',
  'schema_violation',
  'id_conflict',
  'unstorable',
  'control_message',
  'payload_elsewhere',
] as const;

export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** Reasons that end by themselves once the missing registry row is there. */
export const REGISTRY_REASONS = [
  'unknown_tenant',
  'unknown_client',
  'unknown_event_type',
] as const satisfies readonly RejectionReason[];

/** A decision against an event. `detail` tells its sender which field was wrong and what was expected. */
export interface Refusal {
  readonly reason: RejectionReason;
  readonly detail: string;
}
