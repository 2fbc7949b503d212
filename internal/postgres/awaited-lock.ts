import pg from 'pg';
import type { AwaitedLock } from '../processor/ports.ts';

/** Finds where a statement waited in PostgreSQL's message, in any language: the tuple, and in quotes the table. */
const TUPLE = /^[^\n]*?\((\d+,\d+)\)[^\n]*?\b(client|event_type)\b/;

/** The check of a foreign key, which queues behind another session that already waits for the tuple. */
const FOREIGN_KEY = /\bFROM ONLY [^\n]*?"(client|event_type)" x\b/;

const ROWS = {
  client: 'select tenant_id as "tenantId", id as name from client where ctid = $1::tid',
  event_type: 'select tenant_id as "tenantId", name from event_type where ctid = $1::tid',
} as const;

/** Returns the registry row whose lock a statement waited for; undefined for other locks, such as that of a ledger key. */
export async function awaitedLock(pool: pg.Pool, error: unknown): Promise<AwaitedLock | undefined> {
  const where = error instanceof pg.DatabaseError ? (error.where ?? '') : '';
  const [, tuple, table = FOREIGN_KEY.exec(where)?.[1]] = TUPLE.exec(where) ?? [];
  if (table !== 'client' && table !== 'event_type') return undefined;
  if (tuple === undefined) return { table, row: undefined };
  try {
    const { rows } = await pool.query<{ tenantId: string; name: string }>(ROWS[table], [`(${tuple})`]);
    return { table, row: rows[0] };
  } catch {
    return { table, row: undefined }; // the caller searches for it; if PostgreSQL is unavailable, the next statement reports that
  }
}
