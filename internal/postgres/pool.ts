import pg from 'pg';
import { fixSession } from './session.ts';

export interface PoolOptions {
  readonly max: number;
  readonly applicationName: string;
  readonly statementTimeoutMs?: number;
}

const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Grace beyond `statement_timeout`; only a dead connection waits this long. */
const SILENCE_MS = 5_000;

/** A pool whose every wait has an end: to connect, for a statement, and for a server that does not answer at all. */
export function openPool(databaseUrl: string, options: PoolOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + SILENCE_MS,
    keepAlive: true,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, though its type does not say so
    onConnect: fixSession,
  });
  // An idle connection that breaks is taken out of the pool by pg; whoever needs one next learns what is wrong.
  pool.on('error', () => {});
  return pool;
}
