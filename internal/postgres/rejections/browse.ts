import type pg from 'pg';
import type { TextAttributes } from '../../event/body/message-attributes.ts';
import { sqlStateOf } from '../errors.ts';
import { inTransaction } from '../transaction.ts';
import { candidates, MATCHES, type RejectionFilter, valuesOf, valuesOfPage } from './filter.ts';
import { attributesOf, type OpenRejectionRow } from './row.ts';

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

function toSummary(row: RejectionSummary): RejectionSummary {
  const { id, state, reason, detail, tenantId, clientId, eventType, source, eventId, receivedAt } = row;
  return { id, state, reason, detail, tenantId, clientId, eventType, source, eventId, receivedAt };
}

/** The first statement looks at `limit` rejections; when few match, each further one at four times as many, up to this. */
const MOST_LOOKED_AT = 20_000;

/** The largest possible id. */
const NO_BOUND = '9223372036854775807';

/** Returns at most `limit` matching rejections, newest first, with ids below `beforeId`. */
export async function listRejections(
  pool: pg.Pool,
  filter: RejectionFilter,
  { beforeId, limit }: { readonly beforeId?: string; readonly limit: number },
): Promise<RejectionSummary[]> {
  const found: RejectionSummary[] = [];
  let throughId = beforeId === undefined ? NO_BOUND : String(BigInt(beforeId) - 1n);
  for (let lookAt = limit; found.length < limit; lookAt = Math.min(MOST_LOOKED_AT, lookAt * 4)) {
    const page = { afterId: '0', throughId, limit: lookAt };
    const { rows } = await pool.query<RejectionSummary & { lastId: string | null }>(
      `with candidate as materialized (${candidates(filter, 'desc')})
       select s.last_id::text as "lastId", ${SUMMARY}
         from (select min(id) as last_id from candidate) s
         left join (candidate c join rejection r on r.id = c.id and c.ok) on true
        order by r.id desc
        limit $10`,
      [...valuesOfPage(filter, page), limit - found.length],
    );
    found.push(...rows.filter(({ id }) => id !== null).map(toSummary));
    const lastId = rows[0]?.lastId;
    if (lastId === null || lastId === undefined) break;
    throughId = String(BigInt(lastId) - 1n);
  }
  return found;
}

/**
 * Counts matching rejections by state and reason, highest count first. Undefined when that takes longer than `withinMs`: it
 * reads all of an index or of the table.
 */
export async function countRejections(
  pool: pg.Pool,
  filter: RejectionFilter,
  { withinMs }: { readonly withinMs: number },
): Promise<RejectionCount[] | undefined> {
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`set local statement_timeout = ${Math.floor(withinMs)}`);
      const { rows } = await client.query<RejectionCount>(
        `select r.state, r.reason, count(*)::integer as count from rejection r where ${MATCHES}
          group by r.state, r.reason order by count(*) desc, r.reason`,
        valuesOf(filter),
      );
      return rows;
    });
  } catch (error) {
    if (sqlStateOf(error) === '57014') return undefined;
    throw error;
  }
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
