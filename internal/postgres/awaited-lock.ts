import pg from 'pg';
import type { AwaitedLock } from '../processor/ports.ts';

/** PostgreSQL's words for where a statement waited, in any language: the tuple, and in quotes the table. */
const TUPLE = /^[^\n]*?\((\d+,\d+)\)[^\n]*?\b(client|event_type)\b/;

/** The check of a foreign key, which waits for whoever waits for the tuple already. */
const FOREIGN_KEY = /\bFROM ONLY [^\n]*?"(client|event_type)" x\b/;

const ROWS = {
  client: 'select tenant_id as "tenantId", id as name from client where ctid = $1::tid',
  event_type: 'select tenant_id as "tenantId", name from event_type where ctid = $1::tid',
} as const;

/** The row of the registry whose lock a statement waited for; undefined when it was none, such as a key of the ledger. */
export async function awaitedLock(pool: pg.Pool, error: unknown): Promise<AwaitedLock | undefined> {
  const where = error instanceof pg.DatabaseError ? (error.where ?? '') : '';
  const [, tuple, table = FOREIGN_KEY.exec(where)?.[1]] = TUPLE.exec(where) ?? [];
  if (table !== 'client' && table !== 'event_type') return undefined;
  if (tuple === undefined) return { table, row: undefined };
  try {
    const { rows } = await pool.query<{ tenantId: string; name: string }>(ROWS[table], [`(${tuple})`]);
    return { table, row: rows[0] };
  } catch {
    return { table, row: undefined }; // it is searched for then; and whoever is away is met by the next statement
  }
}
