import pg from 'pg';
import { fixSession } from './session.ts';

export interface PoolOptions {
  readonly max: number;
  readonly applicationName: string;
  /** 0: statements may take as long as they take, as migrations do. */
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
    ...(statementTimeoutMs === 0 ? {} : { query_timeout: statementTimeoutMs + SILENCE_MS }),
    keepAlive: true,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, though its type does not say so
    onConnect: fixSession,
  });
  // A connection that breaks while nothing is asked over it tells it by an event that would end the process. Whoever
  // uses the connection next, or takes another from the pool, learns what is wrong.
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
  return pool;
}
