import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { startSqs } from '#internal/embedded/sqs.ts';
import { PRODUCERS } from '#internal/load/payloads.ts';
import { migrate } from '#internal/postgres/migrate.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { registerNames } from '#internal/postgres/registry/register-names.ts';

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
  await registerNames(pool, {
    tenants: TENANTS,
    clients: PRODUCERS.map(({ client }) => client),
    eventTypes: PRODUCERS.map(({ name }) => name),
  });
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
