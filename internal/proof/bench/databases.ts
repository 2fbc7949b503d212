import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { migrate } from '#internal/postgres/migrate.ts';
import { ensurePartitions } from '#internal/postgres/partitions.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { onServer, urlOfDatabase } from '#internal/proof/kit/server.ts';
import type pg from 'pg';
import { tenantName } from './load.ts';

const TEMPLATE = 'bench_template';
export const TENANTS = 1_000;

/** The table that a team would write: the same foreign keys, and a unique key for idempotency. */
const BASELINE_TABLE = `
create table baseline_message (
  id bigint generated always as identity primary key,
  tenant_id text not null,
  client_id text not null,
  event_type text not null,
  source text not null,
  event_id text not null,
  payload jsonb not null,
  occurred_at timestamptz,
  received_at timestamptz not null default now(),
  unique (tenant_id, source, event_id),
  foreign key (tenant_id, client_id) references client (tenant_id, id),
  foreign key (tenant_id, event_type) references event_type (tenant_id, name)
)`;

export interface Databases extends AsyncDisposable {
  /** The version as PostgreSQL reports it. */
  readonly version: string;
  /** Creates a database: migrated, with the tenants and the baseline's table, or a copy of another one. */
  create(original?: BenchDatabase): Promise<BenchDatabase>;
}

export interface BenchDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly pool: pg.Pool;
}

/**
 * Starts a separate, durable PostgreSQL: fsync and synchronous_commit on, as in production. It records the
 * time of every commit, so that latency comes from the rows and not from the program's own reports.
 */
export async function startDatabases(): Promise<Databases> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'event-processor-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const postgres = stack.use(await startPostgres({ folder }));
  for (const setting of ['track_commit_timestamp = on', "max_wal_size = '8GB'", "shared_buffers = '1GB'"])
    await onServer(postgres.url, `alter system set ${setting}`);
  await postgres.stop('fast');
  await postgres.start();
  await makeTemplate(postgres.url);
  const version = await onServer(postgres.url, 'select version()');
  let made = 0;
  const resources = stack.move();
  return {
    version: String(version?.['version']).split(' on ', 1)[0] ?? '',
    async create(original) {
      made += 1;
      const name = `bench_${made}`;
      const template = original?.name ?? TEMPLATE;
      if (original !== undefined) await closeSessions(postgres.url, template);
      await onServer(postgres.url, `create database ${name} template ${template} strategy file_copy`);
      const url = urlOfDatabase(postgres.url, name);
      const pool = openPool(url, {
        max: 2,
        applicationName: 'event-processor-bench',
        statementTimeoutMs: 3_600_000,
      });
      return {
        name,
        url,
        pool,
        async [Symbol.asyncDispose]() {
          await pool.end();
          await onServer(postgres.url, `drop database ${name} with (force)`);
        },
      };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Only a database without connections can be copied; pools reconnect on their own. */
async function closeSessions(server: string, name: string): Promise<void> {
  await onServer(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
}

async function makeTemplate(server: string): Promise<void> {
  await onServer(server, `create database ${TEMPLATE}`);
  const pool = openPool(urlOfDatabase(server, TEMPLATE), {
    max: 1,
    applicationName: 'event-processor-bench',
  });
  try {
    await migrate(pool);
    await ensurePartitions(pool, new Date(), 3);
    const names = Array.from({ length: TENANTS }, (_, n) => tenantName(n));
    await pool.query('insert into tenant (id) select unnest($1::text[])', [names]);
    await pool.query(
      `insert into client (tenant_id, id) select t, 'client-' || n from unnest($1::text[]) t, generate_series(1, 3) n`,
      [names],
    );
    await pool.query(
      `insert into event_type (tenant_id, name)
       select t, e from unnest($1::text[]) t, unnest(array['monitor-app', 'transaction-app', 'user-app']) e`,
      [names],
    );
    await pool.query('delete from healing'); // as if the names had been registered long ago
    await pool.query(BASELINE_TABLE);
    await pool.query('analyze');
  } finally {
    await pool.end();
  }
}
