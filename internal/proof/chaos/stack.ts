import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type pg from 'pg';
import { type EmbeddedPostgres, startPostgres } from '#internal/embedded/postgres.ts';
import { type EmbeddedSqs, startSqs } from '#internal/embedded/sqs.ts';
import { migrate } from '#internal/postgres/migrate.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { addClient, addEventType, addTenant } from '#internal/postgres/registry/add.ts';
import { openSqs } from '#internal/sqs/client.ts';
import { onServer, urlOfDatabase } from '#internal/proof/kit/server.ts';

export const TENANTS = ['default', 'acme', 'globex'] as const;
const CLIENTS = ['client-1', 'client-2', 'client-3'] as const;
const EVENT_TYPES = ['monitor-app', 'transaction-app', 'user-app'] as const;
const TEMPLATE = 'chaos_template';
const CREDENTIALS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'chaos', AWS_SECRET_ACCESS_KEY: 'chaos' };

/** One PostgreSQL and one SQS for all rounds. */
export interface Stack extends AsyncDisposable {
  readonly postgres: EmbeddedPostgres;
  readonly sqs: EmbeddedSqs;
  readonly folder: string;
  /** Calls SQS directly, not through a proxy. */
  readonly client: SQSClient;
  readonly credentials: Readonly<Record<string, string>>;
  /** Creates a database, either empty or migrated and with tenants. `tablespace`: where to create it. */
  createDatabase(name: string, options: { empty: boolean; tablespace?: string }): Promise<string>;
  dropDatabase(name: string): Promise<void>;
}

export async function startStack(): Promise<Stack> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'event-processor-chaos-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const postgres = stack.use(await startPostgres());
  // Commit times of rows show how long the quiet tenant waited.
  await onServer(postgres.url, 'alter system set track_commit_timestamp = on');
  // Shorter than the default of a second, but long enough for the other side of a deadlock to start waiting.
  await onServer(postgres.url, "alter system set deadlock_timeout = '500ms'");
  await postgres.stop('fast');
  await postgres.start();
  const sqs = stack.use(await startSqs());
  for (const [name, value] of Object.entries(CREDENTIALS)) process.env[name] ??= value;
  const client = openSqs({ region: CREDENTIALS.AWS_REGION, endpoint: sqs.endpoint, maxSockets: 10 });
  stack.defer(() => client.destroy());
  await prepareTemplate(postgres.url);
  const resources = stack.move();
  return {
    postgres,
    sqs,
    folder,
    client,
    credentials: CREDENTIALS,
    async createDatabase(name, { empty, tablespace }) {
      const place = tablespace === undefined ? '' : `tablespace ${tablespace}`;
      await onServer(
        postgres.url,
        `create database ${name} template ${empty ? 'template0' : TEMPLATE} ${place}`,
      );
      return urlOfDatabase(postgres.url, name);
    },
    async dropDatabase(name) {
      await onServer(postgres.url, `drop database if exists ${name} with (force)`);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Creates the database that every round's database is copied from. */
async function prepareTemplate(serverUrl: string): Promise<void> {
  await onServer(serverUrl, `create database ${TEMPLATE}`);
  const pool = openPool(urlOfDatabase(serverUrl, TEMPLATE), { max: 1, applicationName: 'chaos' });
  await migrate(pool);
  await registerTenants(pool, TENANTS);
  await pool.end();
}

export async function registerTenants(pool: pg.Pool, tenants: readonly string[]): Promise<void> {
  for (const tenant of tenants) {
    await addTenant(pool, tenant);
    for (const client of CLIENTS) await addClient(pool, tenant, client);
    for (const type of EVENT_TYPES) await addEventType(pool, tenant, type, null);
  }
}
