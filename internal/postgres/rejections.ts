import type pg from 'pg';
import type { TextAttributes } from '../event/message-attributes.ts';
import type { OpenRejection } from '../event/storing.ts';
import { attributesOf, OPEN_REJECTION_COLUMNS, type OpenRejectionRow, toOpenRejection } from './healable.ts';

/** Which rejections; without any of them, all. */
export interface RejectionFilter {
  readonly ids?: readonly string[];
  readonly reasons?: readonly string[];
  readonly tenantId?: string;
  /** Last received at or after. */
  readonly since?: Date;
  /** Last received before. */
  readonly until?: Date;
  readonly state?: 'open' | 'replayed' | 'discarded';
}

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
  readonly attributes: TextAttributes;
  readonly systemAttributes: TextAttributes;
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

/** The filter's values are $1 to $6, always all of them: one statement serves every combination. */
const MATCHES = `($1::bigint[] is null or r.id = any($1)) and ($2::text[] is null or r.reason = any($2))
  and ($3::text is null or r.tenant_id = $3) and ($4::timestamptz is null or r.received_at >= $4)
  and ($5::timestamptz is null or r.received_at < $5) and ($6::text is null or r.state = $6)`;

function valuesOf(filter: RejectionFilter): unknown[] {
  const { ids, reasons, tenantId, since, until, state } = filter;
  return [ids ?? null, reasons ?? null, tenantId ?? null, since ?? null, until ?? null, state ?? null];
}

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
  const { rows } = await pool.query<Omit<Rejection, keyof OpenRejectionRow> & OpenRejectionRow>(
    `select ${SUMMARY}, r.queue, r.sqs_message_id as "sqsMessageId", r.event_index as "eventIndex",
            r.receive_count as "receiveCount", r.attributes, r.system_attributes as "systemAttributes",
            r.settled_at as "settledAt", r.message_id as "messageId", r.body
       from rejection r where r.id = $1`,
    [id],
  );
  const [row] = rows;
  return row === undefined ? undefined : { ...row, ...attributesOf(row), body: row.body.toString('utf8') };
}

/** The id of the newest rejection; '0' when there is none. */
export async function newestRejection(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select coalesce(max(id), 0)::text as id from rejection');
  return rows[0]?.id ?? '0';
}

/** Open rejections in the order of their ids, from after one through another: a page for a replay. */
export async function openRejections(
  pool: pg.Pool,
  filter: RejectionFilter,
  { afterId, throughId, limit }: { afterId: string; throughId: string; limit: number },
): Promise<OpenRejection[]> {
  const { rows } = await pool.query<OpenRejectionRow>(
    `select ${OPEN_REJECTION_COLUMNS} from rejection r where ${MATCHES} and r.id > $7 and r.id <= $8
      order by r.id limit $9`,
    [...valuesOf({ ...filter, state: 'open' }), afterId, throughId, limit],
  );
  return rows.map(toOpenRejection);
}

/** Marks open rejections as not needed; answers how many. */
export async function discardRejections(pool: pg.Pool, filter: RejectionFilter): Promise<number> {
  const { rowCount } = await pool.query(
    `update rejection r set state = 'discarded', settled_at = now() where ${MATCHES}`,
    valuesOf({ ...filter, state: 'open' }),
  );
  return rowCount ?? 0;
}
