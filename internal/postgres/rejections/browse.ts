import type pg from 'pg';
import { MATCHES, type RejectionFilter, valuesOf } from './filter.ts';

export interface RejectionSummary {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly detail: string;
  readonly tenantId: string | null;
  readonly clientId: string | null;
  readonly eventType: string | null;
  readonly source: string | null;
  readonly eventId: string | null;
  readonly receivedAt: Date;
}

export interface Rejection extends RejectionSummary {
  readonly queue: string;
  readonly sqsMessageId: string;
  readonly eventIndex: number | null;
  readonly receiveCount: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly settledAt: Date | null;
  readonly messageId: string | null;
  readonly body: string;
}

export interface RejectionCount {
  readonly state: string;
  readonly reason: string;
  readonly count: number;
}

const SUMMARY = `r.id::text as id, r.state, r.reason, r.detail, r.tenant_id as "tenantId", r.client_id as "clientId",
  r.event_type as "eventType", r.source, r.event_id as "eventId", r.received_at as "receivedAt"`;

/** Newest first. */
export async function listRejections(
  pool: pg.Pool,
  filter: RejectionFilter,
  limit: number,
): Promise<RejectionSummary[]> {
  const { rows } = await pool.query<RejectionSummary>(
    `select ${SUMMARY} from rejection r where ${MATCHES} order by r.id desc limit $7`,
    [...valuesOf(filter), limit],
  );
  return rows;
}

/** By state and reason, most first. */
export async function countRejections(pool: pg.Pool, filter: RejectionFilter): Promise<RejectionCount[]> {
  const { rows } = await pool.query<RejectionCount>(
    `select r.state, r.reason, count(*)::integer as count from rejection r where ${MATCHES}
      group by r.state, r.reason order by count(*) desc, r.reason`,
    valuesOf(filter),
  );
  return rows;
}

export async function showRejection(pool: pg.Pool, id: string): Promise<Rejection | undefined> {
  const { rows } = await pool.query<Omit<Rejection, 'body'> & { body: Buffer }>(
    `select ${SUMMARY}, r.queue, r.sqs_message_id as "sqsMessageId", r.event_index as "eventIndex",
            r.receive_count as "receiveCount", r.attributes, r.settled_at as "settledAt",
            r.message_id as "messageId", r.body
       from rejection r where r.id = $1`,
    [id],
  );
  const [row] = rows;
  return row === undefined ? undefined : { ...row, body: row.body.toString('utf8') };
}
