import type pg from 'pg';
import type { BadInput, Outcome, RejectedRow, StoredRow } from './case.ts';
import type { Answer } from './send.ts';

/** The outcome of one event. `lost`: neither stored nor rejected, and no longer on the queue. */
export type Observed =
  | { readonly kind: 'stored'; readonly row: StoredRow }
  | { readonly kind: 'rejected'; readonly reason: string; readonly detail: string; readonly row: RejectedRow }
  | { readonly kind: 'refused_by_sqs'; readonly code: string; readonly message: string }
  | { readonly kind: 'lost' };

/** Finds the outcome of every event of the cases, in the order of their expected outcomes. */
export async function observe(
  pool: pg.Pool,
  sent: readonly { readonly input: BadInput; readonly answer: Answer }[],
): Promise<Observed[][]> {
  const places = sent.flatMap(({ input, answer }) =>
    answer.kind === 'sent' ? placesOf(input, answer.sqsMessageId) : [],
  );
  const messages = await storedRows(
    pool,
    places.map(({ eventId }) => eventId),
  );
  const rejections = await rejectedRows(pool, [...new Set(places.map(({ sqsMessageId }) => sqsMessageId))]);
  return sent.map(({ input, answer }) => {
    if (answer.kind === 'refused_by_sqs') return [answer];
    return placesOf(input, answer.sqsMessageId).map(
      ({ sqsMessageId, index, eventId, row: expected }): Observed => {
        const rejection = rejections.get(`${sqsMessageId} ${index}`);
        if (rejection !== undefined) return rejection;
        const rows = messages.get(eventId) ?? [];
        const row = rows.find((it) => isOf(it, expected)) ?? rows[0];
        return row === undefined ? { kind: 'lost' } : { kind: 'stored', row };
      },
    );
  });
}

export function outcomesOf({ outcome }: BadInput): readonly Outcome[] {
  return 'kind' in outcome ? [outcome] : outcome;
}

interface Place {
  readonly sqsMessageId: string;
  readonly index: number | null;
  /** The id under which the event is stored, if it is. */
  readonly eventId: string;
  /** The expected row, if the event must be stored. */
  readonly row: StoredRow | undefined;
}

function isOf(row: StoredRow, expected: StoredRow | undefined): boolean {
  return row.tenantId === expected?.tenantId && row.source === expected.source;
}

function placesOf(input: BadInput, sqsMessageId: string): Place[] {
  const isArray = !('kind' in input.outcome);
  return outcomesOf(input).map((outcome, i) => {
    const index = isArray ? i : null;
    const row = outcome.kind === 'stored' || outcome.kind === 'duplicate' ? outcome.row : undefined;
    const eventId = row?.eventId ?? (isArray ? `${sqsMessageId}-${i}` : sqsMessageId);
    return { sqsMessageId, index, eventId, row };
  });
}

/**
 * Rows by event id.
 * @throws Error when an identity was stored twice
 */
async function storedRows(pool: pg.Pool, eventIds: readonly string[]): Promise<Map<string, StoredRow[]>> {
  const { rows } = await pool.query<StoredRow & { eventId: string }>(
    `select tenant_id as "tenantId", client_id as "clientId", event_type as "eventType", source,
            event_id as "eventId", payload::text as payload, payload_encoding as "payloadEncoding",
            content_type as "contentType", (occurred_at at time zone 'UTC')::text as "occurredAt", traceparent,
            attributes::text as attributes, sqs_attributes::text as "sqsAttributes",
            (deliver_after at time zone 'UTC')::text as "deliverAfter"
       from message where event_id = any($1)`,
    [eventIds],
  );
  const byId = Map.groupBy(rows, ({ eventId }) => eventId);
  for (const [eventId, same] of byId) {
    const identities = new Set(same.map(({ tenantId, source }) => JSON.stringify([tenantId, source])));
    if (identities.size < same.length) throw new Error(`the event ${eventId} was stored more than once`);
  }
  return byId;
}

/** Rejections by SQS MessageId and index. */
async function rejectedRows(pool: pg.Pool, messageIds: readonly string[]): Promise<Map<string, Observed>> {
  const { rows } = await pool.query<
    Omit<RejectedRow, 'body'> & { place: string; reason: string; detail: string; body: Buffer }
  >(
    `select sqs_message_id || ' ' || coalesce(event_index::text, 'null') as place, reason, detail,
            tenant_id as "tenantId", client_id as "clientId", event_type as "eventType", source, event_id as "eventId",
            body, attributes
       from rejection where sqs_message_id = any($1)`,
    [messageIds],
  );
  return new Map(
    rows.map(({ place, reason, detail, body, ...row }) => [
      place,
      { kind: 'rejected', reason, detail, row: { ...row, body: body.toString('utf8') } },
    ]),
  );
}

/** Number of rejections for the SQS message of each case. */
export async function rejectionsOf(
  pool: pg.Pool,
  sent: readonly { readonly answer: Answer }[],
): Promise<number[]> {
  const ids = sent.map(({ answer }) => (answer.kind === 'sent' ? answer.sqsMessageId : ''));
  const { rows } = await pool.query<{ id: string; count: number }>(
    `select sqs_message_id as id, count(*)::integer as count from rejection where sqs_message_id = any($1) group by 1`,
    [ids],
  );
  const counts = new Map(rows.map(({ id, count }) => [id, count]));
  return ids.map((id) => counts.get(id) ?? 0);
}
