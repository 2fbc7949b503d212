import type pg from 'pg';

interface Waiting {
  /** An SQL expression of the row number `i`. */
  readonly client?: string;
  readonly type?: string;
  readonly message?: string;
  /** An SQL expression of a jsonb. */
  readonly attributes?: string;
}

/** Inserts open rejections for an unknown client of tenant `default`, in one statement. */
export async function fillWaiting(
  pool: pg.Pool,
  count: number,
  { client = `'late'`, type = `'user-app'`, message = `'1'`, attributes = `'{}'` }: Waiting = {},
): Promise<void> {
  await pool.query(
    `insert into rejection (queue, sqs_message_id, reason, detail, tenant_id, client_id, event_type, source, event_id,
                            body, attributes, receive_count, received_at)
     select 'events', gen_random_uuid()::text, 'unknown_client', 'd', 'default', client, type, 'test', id,
            convert_to('{"event_type":"' || type || '","client_id":"' || client || '","source":"test","event_id":"' || id
                       || '","message":' || message || '}', 'UTF8'), attributes, 1, now()
       from (select 'e-' || gen_random_uuid() as id, ${client} as client, ${type} as type, ${message} as message,
                    ${attributes}::jsonb as attributes
               from generate_series(1, ${count}) i) r`,
  );
  await pool.query('analyze rejection');
}

/** Number of rows of a `from` clause: `countOf(pool, "message where client_id = 'x'")`. */
export async function countOf(pool: pg.Pool, from: string): Promise<number> {
  return (await pool.query(`select from ${from}`)).rowCount ?? 0;
}
