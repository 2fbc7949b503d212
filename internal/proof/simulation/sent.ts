import type { RejectionReason } from '../../event/rejection.ts';

/** One event of a message, or a body that is not an event, with its expected outcome. */
export interface Item {
  readonly sqsMessageId: string;
  readonly index: number | null;
  /** Tenant, source and id; null without them. */
  readonly identity: string | null;
  /** Client, type and payload. */
  readonly content: string;
  /**
   * Reason for which the item must be rejected; null when it must be stored. Among different contents with
   * one identity, one is stored and the others are rejected as `id_conflict`.
   */
  readonly bad: RejectionReason | null;
  /** Reason for which it is rejected until the name is registered; then it must be stored. */
  readonly until: RejectionReason | null;
  /** Valid under only one of the schema's versions, so that its outcome depends on timing. */
  readonly open: boolean;
}

/** A message that a producer sends. */
export interface Sent {
  /** The body before compression. */
  readonly text: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly items: readonly Item[];
}
