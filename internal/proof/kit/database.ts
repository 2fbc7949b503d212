import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../postgres/migrate.ts';
import { ensurePartitions } from '../../postgres/partitions.ts';
import { openPool } from '../../postgres/pool.ts';
import { onServer, urlOfDatabase } from './server.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
}

export interface DatabaseTemplate {
  readonly name: string;
  /** The UTC day on which its partitions begin. */
  readonly day: string;
}

/** Creates a database on the run's PostgreSQL server, migrated by default. Disposing of it drops it. */
export async function createDatabase({
  migrated = true,
  server = inject('databaseUrl'),
}: {
  migrated?: boolean;
  server?: string;
} = {}): Promise<TestDatabase> {
  const name = databaseName();
  const template = migrated ? templateFor(server) : undefined;
  await onServer(
    server,
    `create database ${name} strategy file_copy ${template === undefined ? '' : `template ${template}`}`,
  );
  const url = urlOfDatabase(server, name);
  const pool = openPool(url, { max: 10, applicationName: 'test' });
  if (migrated && template === undefined) await fill(pool);
  return {
    url,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await dropDatabase(server, name);
    },
  };
}

/** Creates a migrated database without connections, for `createDatabase` to copy: that takes a tenth of the time. */
export async function createTemplate(server: string): Promise<DatabaseTemplate> {
  const template = { name: databaseName(), day: today() };
  await onServer(server, `create database ${template.name}`);
  const pool = openPool(urlOfDatabase(server, template.name), { max: 1, applicationName: 'test' });
  await fill(pool);
  await pool.end();
  return template;
}

export async function dropDatabase(server: string, name: string): Promise<void> {
  await onServer(server, `drop database ${name} with (force)`);
}

/** Undefined on a server of the test's own, and after midnight: the template has the partitions of its day. */
function templateFor(server: string): string | undefined {
  const { name, day } = inject('databaseTemplate');
  return server === inject('databaseUrl') && day === today() ? name : undefined;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function databaseName(): string {
  return `test_${randomBytes(8).toString('hex')}`;
}

async function fill(pool: pg.Pool): Promise<void> {
  await migrate(pool);
  await ensurePartitions(pool, new Date(), 2);
}
