import type pg from 'pg';

/** Returns those identities of a tenant that were ever stored: the digest, and the id of the message. */
export async function ledgerEntries(
  pool: pg.Pool,
  tenantId: string,
  keys: readonly string[],
): Promise<{ key: string; messageId: string }[]> {
  const { rows } = await pool.query<{ key: string; messageId: string }>(
    `select replace(key::text, '-', '') as key, message_id::text as "messageId"
       from message_key where tenant_id = $1 and key = any($2::uuid[])`,
    [tenantId, keys],
  );
  return rows;
}
