import process from 'node:process';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { loadConfig } from '#internal/daemon/config.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { explainDatabaseError, sqlStateOf } from '#internal/postgres/errors.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { openSqs } from '#internal/sqs/client.ts';
import type pg from 'pg';
import { databaseConfig } from './config.ts';

/** Runs a command on the configured PostgreSQL; what goes wrong there is told in a sentence. */
export async function withDatabase<T>(
  work: (pool: pg.Pool) => Promise<T>,
  options: { readonly statementTimeoutMs?: number } = {},
): Promise<T> {
  const { DATABASE_URL } = loadConfig(databaseConfig, process.env);
  const pool = openPool(DATABASE_URL, { max: 2, applicationName: 'event-processor-admin', ...options });
  try {
    return await work(pool);
  } catch (error) {
    const cause = error instanceof Error && error.name === 'StoreError' ? error.cause : error;
    if (!isDatabaseError(cause)) throw error;
    throw new ProgramError(explainDatabaseError(cause, DATABASE_URL), { cause: error });
  } finally {
    await pool.end();
  }
}

function isDatabaseError(error: unknown): boolean {
  if (sqlStateOf(error) !== undefined) return true;
  return (
    error instanceof Error &&
    ('syscall' in error || /^(Connection terminated|timeout exceeded)/.test(error.message))
  );
}

interface SqsVariables {
  readonly AWS_REGION?: string;
  readonly AWS_ENDPOINT_URL?: string;
}

export async function withSqs<T>(config: SqsVariables, work: (client: SQSClient) => Promise<T>): Promise<T> {
  const client = openSqs({ region: config.AWS_REGION, endpoint: config.AWS_ENDPOINT_URL, maxSockets: 2 });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
