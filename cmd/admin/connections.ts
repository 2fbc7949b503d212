import process from 'node:process';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { loadConfig } from '#internal/config/config.ts';
import { type queueOf } from '#internal/sqs/variables.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { StoreError } from '#internal/processor/ports.ts';
import { isDatabaseError, isMisconfigured as databaseRefuses } from '#internal/postgres/errors.ts';
import { explainDatabaseError } from '#internal/postgres/explain.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { explainSqsError, isMisconfigured as sqsRefuses } from '#internal/sqs/errors.ts';
import { openSqs } from '#internal/sqs/client.ts';
import type pg from 'pg';
import { databaseConfig } from '#internal/programs/admin.ts';

/**
 * Runs `work` with a pool for the configured PostgreSQL.
 * @throws ProgramError that explains an error of the database in a sentence
 */
export async function withDatabase<T>(
  work: (pool: pg.Pool) => Promise<T>,
  options: { readonly statementTimeoutMs?: number } = {},
): Promise<T> {
  const { DATABASE_URL, DATABASE_IAM_AUTH: iamAuth } = loadConfig(databaseConfig, process.env);
  const pool = openPool(DATABASE_URL, {
    max: 2,
    applicationName: 'event-processor-admin',
    iamAuth,
    ...options,
  });
  try {
    return await work(pool);
  } catch (error) {
    const cause = error instanceof StoreError ? error.cause : error;
    if (!isDatabaseError(cause)) throw error;
    throw new ProgramError(explainDatabaseError(cause, DATABASE_URL), {
      exitCode: databaseRefuses(cause) ? 2 : 1,
      cause: error,
    });
  } finally {
    await pool.end();
  }
}

/**
 * Runs `work` with a client for the SQS that the queue is on.
 * @throws ProgramError that explains an error of SQS in a sentence
 */
export async function withSqs<T>(
  { region, endpoint, settings }: Pick<ReturnType<typeof queueOf>, 'region' | 'endpoint' | 'settings'>,
  work: (client: SQSClient) => Promise<T>,
): Promise<T> {
  const client = openSqs({ region, endpoint, maxSockets: 2 });
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof ProgramError || !(error instanceof Error)) throw error;
    const raw = '$metadata' in error;
    const message = raw ? explainSqsError(error, { queue: settings.name, endpoint }) : error.message;
    throw new ProgramError(message, { exitCode: sqsRefuses(error) ? 2 : 1, cause: error });
  } finally {
    client.destroy();
  }
}
