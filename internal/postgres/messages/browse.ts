import type pg from 'pg';
import { uuid7LowerBound } from '../../event/uuid7.ts';

/** Selects messages; an empty filter selects all. Times are those in the ids: when the messages were stored. */
export interface MessageFilter {
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly eventType?: string;
  readonly since?: Date;
  readonly until?: Date;
}

export interface MessageSummary {
  readonly id: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly eventType: string;
  readonly source: string;
  readonly eventId: string;
  readonly receivedAt: Date;
  /** Null for at once. */
  readonly deliverAfter: Date | null;
}

/**
 * No index serves the messages of a client, so they are read by id, newest first: the first statement looks at `limit`
 * messages; when few match, each further one at four times as many, up to this.
 */
const MOST_LOOKED_AT = 50_000;

const SUMMARY = `m.id::text as id, m.tenant_id as "tenantId", m.client_id as "clientId", m.event_type as "eventType",
  m.source, m.event_id as "eventId", m.received_at as "receivedAt", m.deliver_after as "deliverAfter"`;

/**
 * Returns at most `limit` matching messages, newest first, with ids below `beforeId`. Bounds of time become bounds of ids, so
 * that only the partitions of those days are read.
 */
export async function listMessages(
  pool: pg.Pool,
  filter: MessageFilter,
  { beforeId, limit }: { readonly beforeId?: string; readonly limit: number },
): Promise<MessageSummary[]> {
  const { tenantId, clientId, eventType, since, until } = filter;
  const found: MessageSummary[] = [];
  let before = least(beforeId, until === undefined ? undefined : uuid7LowerBound(until.getTime()));
  const from = since === undefined ? null : uuid7LowerBound(since.getTime());
  for (let lookAt = limit; found.length < limit; lookAt = Math.min(MOST_LOOKED_AT, lookAt * 4)) {
    const { rows } = await pool.query<MessageSummary & { lastId: string | null; looked: number }>(
      `with candidate as materialized (
         select m.id, ($3::text is null or m.tenant_id = $3) and ($4::text is null or m.client_id = $4)
                      and ($5::text is null or m.event_type = $5) as ok
           from message m
          where ($1::uuid is null or m.id < $1) and ($2::uuid is null or m.id >= $2)
          order by m.id desc
          limit $6
       )
       select s.last_id::text as "lastId", s.looked, ${SUMMARY}
         from (select (select id from candidate order by id limit 1) as last_id,
                      (select count(*)::integer from candidate) as looked) s
         left join (candidate c join message m on m.id = c.id and c.ok) on true
        order by m.id desc
        limit $7`,
      [
        before ?? null,
        from,
        tenantId ?? null,
        clientId ?? null,
        eventType ?? null,
        lookAt,
        limit - found.length,
      ],
    );
    found.push(...rows.filter(({ id }) => id !== null).map(toSummary));
    const [first] = rows;
    if (first === undefined || first.lastId === null || first.looked < lookAt) break;
    before = first.lastId;
  }
  return found;
}

function toSummary(row: MessageSummary): MessageSummary {
  const { id, tenantId, clientId, eventType, source, eventId, receivedAt, deliverAfter } = row;
  return { id, tenantId, clientId, eventType, source, eventId, receivedAt, deliverAfter };
}

function least(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** Returns the messages with these ids that exist, newest first. */
export async function messagesById(pool: pg.Pool, ids: readonly string[]): Promise<MessageSummary[]> {
  const { rows } = await pool.query<MessageSummary>(
    `select ${SUMMARY} from message m where m.id = any($1::uuid[]) order by m.id desc`,
    [ids],
  );
  return rows;
}

/** A column of a message, with its name in TypeScript and JSON. Its value is text, so that numbers stay unchanged. */
interface MessageColumn {
  readonly name: string;
  /** Null when the column is. */
  readonly text: string | null;
  /** The same as JSON. */
  readonly json: string;
}

export interface MessageRow {
  /** All columns except the payload, in the order of the table. */
  readonly columns: readonly MessageColumn[];
  /** JSON text. */
  readonly payload: string;
  /** The payload, indented; unchanged when it is long. */
  readonly prettyPayload: string;
}

/** Bytes of the longest payload that is indented. Nested 512 deep, it takes 66 MB: every line is indented by 2 kB. */
const MOST_PRETTY = 65_536;

/** Returns a whole message, with all columns that the table has. */
export async function showMessage(pool: pg.Pool, id: string): Promise<MessageRow | undefined> {
  const { rows } = await pool.query<{ payload: string; prettyPayload: string; columns: MessageColumn[] }>(
    `select m.payload::text as payload,
            case when octet_length(m.payload::text) <= ${MOST_PRETTY} then jsonb_pretty(m.payload)
                 else m.payload::text end as "prettyPayload",
            (select json_agg(json_build_object('name', c.key, 'text', c.value #>> '{}', 'json', c.value::text)
                             order by a.attnum)
               from jsonb_each(to_jsonb(m) - 'payload') c
               join pg_attribute a on a.attrelid = 'message'::regclass and a.attname = c.key) as columns
       from message m where m.id = $1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const columns = row.columns.map((column) => ({ ...column, name: camelCase(column.name) }));
  return { ...row, columns };
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
