import type pg from 'pg';
import type { MessageRow, RejectionRow } from './checker.ts';

/** Reads all messages and rejections of a database. */
export async function readRows(
  pool: pg.Pool,
): Promise<{ messages: MessageRow[]; rejections: RejectionRow[] }> {
  const { rows: messages } = await pool.query<MessageRow>(
    `select tenant_id as tenant, client_id as client, event_type as type, source, event_id as id, payload from message`,
  );
  const { rows: rejections } = await pool.query<Omit<RejectionRow, 'body'> & { body: Buffer }>(
    `select tenant_id as tenant, event_id as id, sqs_message_id as "sqsMessageId", event_index as index, reason, state,
            body
       from rejection`,
  );
  return { messages, rejections: rejections.map((row) => ({ ...row, body: row.body.toString('utf8') })) };
}
