import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { startSqs } from '#internal/embedded/sqs.ts';
import { migrate } from '#internal/postgres/migrate.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { addClient, addEventType, addTenant } from '#internal/postgres/registry.ts';

/** Tenant `default` comes with the migrations. */
export const TENANTS = ['default', 'acme', 'globex'];

export interface Stack extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly folder: string;
  /** Environment variables that lead the programs to the stack. */
  readonly env: Readonly<Record<string, string>>;
}

/** PostgreSQL and SQS on free ports, migrated, with a few tenants; gone without a trace at the end. */
export async function startStack(): Promise<Stack> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'event-processor-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const postgres = stack.use(await startPostgres());
  const sqs = stack.use(await startSqs());
  const pool = openPool(postgres.url, { max: 3, applicationName: 'event-processor-demo' });
  stack.defer(() => pool.end());
  await migrate(pool);
  for (const tenant of TENANTS) await registerTenant(pool, tenant);
  const resources = stack.move();
  return {
    pool,
    folder,
    env: {
      DATABASE_URL: postgres.url,
      AWS_ENDPOINT_URL: sqs.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'demo',
      AWS_SECRET_ACCESS_KEY: 'demo',
      QUEUE_NAME: 'events',
      QUEUE_CREATE: 'true',
      HEALTH_PORT: '0',
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function registerTenant(pool: pg.Pool, tenant: string): Promise<void> {
  await addTenant(pool, tenant);
  for (const client of ['client-1', 'client-2', 'client-3']) await addClient(pool, tenant, client);
  for (const type of ['monitor-app', 'transaction-app', 'user-app'])
    await addEventType(pool, tenant, type, null);
}
