import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../postgres/migrate.ts';
import { ensurePartitions } from '../postgres/partitions.ts';
import { openPool } from '../postgres/pool.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
}

/** A fresh database on the run's PostgreSQL, migrated unless told not to; dropped at the end. */
export async function createDatabase({
  migrated = true,
  server = inject('databaseUrl'),
}: {
  migrated?: boolean;
  server?: string;
} = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = openPool(url.href, { max: 10, applicationName: 'test' });
  if (migrated) {
    await migrate(pool);
    await ensurePartitions(pool, new Date(), 2);
  }
  return {
    url: url.href,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await onServer(server, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
