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

/** Creates a database on the run's PostgreSQL server, migrated by default. Disposing of it drops it. */
export async function createDatabase({
  migrated = true,
  server = inject('databaseUrl'),
}: {
  migrated?: boolean;
  server?: string;
} = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const url = urlOfDatabase(server, name);
  const pool = openPool(url, { max: 10, applicationName: 'test' });
  if (migrated) {
    await migrate(pool);
    await ensurePartitions(pool, new Date(), 2);
  }
  return {
    url,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await onServer(server, `drop database ${name} with (force)`);
    },
  };
}
