import type { RejectionReason } from '../../event/rejection.ts';

/** An SQS message that is bad input, or looks like it, and its expected outcome. */
export interface BadInput {
  /** What is unusual about it. Unique in its category. */
  readonly name: string;
  /** Sent first, and stored before the body is sent. */
  readonly earlier?: string;
  readonly earlierAttributes?: Readonly<Record<string, MessageAttribute>>;
  readonly body: string;
  /** SQS message attributes. */
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  /** AWS and the emulators disagree on whether SQS accepts it. If it is accepted, this is the outcome. */
  readonly serversDiffer?: true;
  /** The outcome of the body, or of each element if it is an array of events. */
  readonly outcome: Outcome | readonly Outcome[];
}

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

export const text = (StringValue: string, DataType = 'String'): MessageAttribute => ({
  DataType,
  StringValue,
});

export const bytes = (...values: number[]): MessageAttribute => ({
  DataType: 'Binary',
  BinaryValue: Uint8Array.from(values),
});

export interface Category {
  readonly title: string;
  /** The rule that the cases demonstrate, for docs/bad-input.md. One line of Markdown. */
  readonly rule: string;
  readonly cases: readonly BadInput[];
}

/** A row of `message` without its id and time of receipt. Texts as PostgreSQL writes them, times in UTC. */
export interface StoredRow {
  readonly tenantId: string;
  readonly clientId: string;
  readonly eventType: string;
  readonly source: string;
  /** null means the SQS MessageId, with `-index` in an array. */
  readonly eventId: string | null;
  readonly payload: string;
  readonly payloadEncoding: 'base64' | null;
  readonly contentType: string | null;
  readonly occurredAt: string | null;
  readonly traceparent: string | null;
  readonly attributes: string | null;
  readonly sqsAttributes: string | null;
  readonly deliverAfter: string | null;
}

interface Rejected {
  readonly kind: 'rejected';
  readonly reason: RejectionReason;
  /** A part of the detail, which tells the sender what is wrong. */
  readonly detail: string;
  /** Further columns to check; other columns may have any value. */
  readonly row: Readonly<Partial<RejectedRow>>;
}

/** The identifying columns of `rejection`. */
export interface RejectedRow {
  readonly tenantId: string | null;
  readonly clientId: string | null;
  readonly eventType: string | null;
  readonly source: string | null;
  readonly eventId: string | null;
  /** As UTF-8. If not given, the SQS body, unless that was an array. */
  readonly body: string;
  /** The SQS attributes to check. */
  readonly attributes: Readonly<Record<string, string>>;
}

export type Outcome =
  | { readonly kind: 'stored'; readonly row: StoredRow }
  /** Nothing new is written. `row` is the row that was stored before. */
  | { readonly kind: 'duplicate'; readonly row: StoredRow }
  | Rejected
  /** SQS refuses it: the producer gets an error, and the processor never sees it. */
  | { readonly kind: 'refused_by_sqs'; readonly code: string; readonly message: string };

const ROW: Omit<StoredRow, 'payload'> = {
  tenantId: 'default',
  clientId: 'client-3',
  eventType: 'user-app',
  source: 'user-app',
  eventId: null,
  payloadEncoding: null,
  contentType: null,
  occurredAt: null,
  traceparent: null,
  attributes: null,
  sqsAttributes: null,
  deliverAfter: null,
};

/** Stored with that payload, as PostgreSQL writes jsonb; other columns as `plain` sets them, unless given. */
export function stored(payload: string, more: Partial<StoredRow> = {}): Outcome {
  return { kind: 'stored', row: { ...ROW, payload, ...more } };
}

/** The `earlier` body was stored like this; the body itself changes nothing. */
export function duplicate(payload: string, more: Partial<StoredRow> & { eventId: string }): Outcome {
  return { kind: 'duplicate', row: { ...ROW, payload, ...more } };
}

export function rejected(reason: RejectionReason, detail: string, row: Partial<RejectedRow> = {}): Outcome {
  return { kind: 'rejected', reason, detail, row };
}

export function refusedBySqs(code: string, message: string): Outcome {
  return { kind: 'refused_by_sqs', code, message };
}

/** A plain event with that JSON text as `message`; `members` is the JSON text of further members. */
export function plain(message: string, members = ''): string {
  const more = members === '' ? '' : `,${members}`;
  return `{"event_type":"user-app","client_id":"client-3","message":${message}${more}}`;
}

/** A structured CloudEvent from source /shop; `members` is the JSON text of further members, usually data. */
export function cloud(members = '', head = '"specversion":"1.0","source":"/shop","type":"user-app"'): string {
  return `{${head},"clientid":"client-3"${members === '' ? '' : `,${members}`}}`;
}

/** An SNS notification around a text. Without an id, the event in it gets that of its SQS message. */
export function sns(message: string, id?: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: id,
    TopicArn: 'arn:aws:sns:us-east-1:000000000000:topic',
    Message: message,
    Timestamp: '2026-01-31T12:00:00.000Z',
  });
}

/** An EventBridge event around a JSON text. Without an id, the event in it gets that of its SQS message. */
export function eventBridge(detail: string, id?: string): string {
  const named = id === undefined ? '' : `"id":"${id}",`;
  return `{"version":"0",${named}"detail-type":"user","source":"shop","account":"000000000000","detail":${detail}}`;
}
