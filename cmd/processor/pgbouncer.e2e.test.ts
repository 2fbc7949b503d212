import process from 'node:process';
import { describe, expect, inject, test } from 'vitest';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { migrate } from '#internal/postgres/migrate.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { STORE_STATEMENT } from '#internal/postgres/store-statement.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies, plainEvent } from '#internal/proof/kit/events.ts';
import { MIGRATIONS } from '#internal/proof/kit/migrations.ts';
import {
  findPgBouncer,
  type InstalledPgBouncer,
  SESSIONS,
  startPgBouncer,
} from '#internal/proof/kit/pgbouncer.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';

const found = await findPgBouncer();
/** Tests behind a pooler are left to CI, which sets LONG_PROOFS=true. */
const isLong = process.env['LONG_PROOFS'] === 'true';
const TAKES_OUR_TIMEOUT = ['ignore_startup_parameters = statement_timeout'];
const without =
  'PgBouncer is not installed (Debian: apt-get install pgbouncer), so nothing is tested through it';
if (found === undefined) process.stderr.write(`skipped: ${without}\n`);

function environment(url: string, queue: TestQueue) {
  return {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
    REPLAY_INTERVAL_SECONDS: '1',
    BATCH_SIZE: '20',
    STORE_CONNECTIONS: '4',
  };
}

/** Returns how often the sessions behind the pooler ran the prepared statement; each query gets the next session. */
async function timesStoredPrepared(url: string): Promise<number> {
  const pool = openPool(url, { max: 1, applicationName: 'test' });
  const runs = new Map<number, number>();
  for (let i = 0; i < 2 * SESSIONS; i += 1) {
    const { rows } = await pool.query<{ session: number; runs: number }>(
      `select pg_backend_pid() as session, coalesce(sum(generic_plans + custom_plans), 0)::integer as runs
         from pg_prepared_statements where statement = $1`,
      [STORE_STATEMENT],
    );
    runs.set(rows[0]?.session ?? 0, rows[0]?.runs ?? 0);
  }
  await pool.end();
  return runs.values().reduce((sum, each) => sum + each, 0);
}

describe.skipIf(found === undefined || !isLong)(
  `behind ${found?.version ?? 'PgBouncer'} in transaction mode`,
  () => {
    const installed = found as InstalledPgBouncer;

    test.for([
      { name: 'that does not carry prepared statements', preparedStatements: false, leastRuns: 0 },
      // All of the 22 or more batches except the first few: the prepared statement stayed in use.
      { name: 'that carries prepared statements', preparedStatements: true, leastRuns: 15 },
    ])(
      '$name: migrates, stores, rejects and replays',
      async ({ preparedStatements, leastRuns }, { skip }) => {
        skip(preparedStatements && !installed.carriesPreparedStatements, 'needs PgBouncer 1.21');
        await using database = await createDatabase({ migrated: false });
        await using queue = await createQueue();
        await using pooler = await startPgBouncer(installed, inject('databaseUrl'), {
          preparedStatements,
          settings: TAKES_OUR_TIMEOUT,
        });
        const url = pooler.urlOf(database.url);
        await using processor = new Program('processor/main.ts', [], environment(url, queue));
        await processor.logged('ready');
        await queue.send([
          ...plainBodies(400),
          'Hello World',
          ...plainBodies(40),
          JSON.stringify(plainEvent('late', { client_id: 'late' })),
        ]);
        const count = async (table: string, where = 'true') =>
          (await database.pool.query(`select from ${table} where ${where}`)).rowCount;
        await until(async () => (await count('rejection')) === 2, {
          what: 'the rejections',
          timeoutMs: 40_000,
        });
        await database.pool.query("insert into client (tenant_id, id) values ('default', 'late')");
        await until(async () => (await count('message', "client_id = 'late'")) === 1, { what: 'the replay' });
        await until(async () => (await queue.counts()).total === 0, { what: 'the queue to be empty' });
        expect(await timesStoredPrepared(url)).toBeGreaterThanOrEqual(leastRuns);
        processor.signal('SIGTERM');
        expect(await processor.exited).toEqual({ code: 0, signal: null });
        expect(await processor.logged('stopped')).toMatchObject({
          stored: 400,
          duplicates: 40,
          rejected: 2,
          released: 0,
          balanced: true,
        });
        expect(await count('message')).toBe(401);
      },
    );

    test('several migrators leave no lock behind in a session that others get', async () => {
      await using database = await createDatabase({ migrated: false });
      await using pooler = await startPgBouncer(installed, inject('databaseUrl'), {
        preparedStatements: false,
        settings: TAKES_OUR_TIMEOUT,
      });
      const pool = openPool(pooler.urlOf(database.url), { max: 5, applicationName: 'test' });
      const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(pool)));
      expect(applied.flat().toSorted((a, b) => (a < b ? -1 : 1))).toEqual(MIGRATIONS);
      const { rows } = await database.pool.query(
        `select from pg_locks where locktype = 'advisory'
         and database = (select oid from pg_database where datname = current_database())`,
      );
      expect(rows).toEqual([]);
      await pool.end();
    });

    test('PostgreSQL restarted behind it: waits and goes on, as without it', async () => {
      await using postgres = await startPostgres({ inMemory: true });
      await using queue = await createQueue();
      await using pooler = await startPgBouncer(installed, postgres.url, {
        preparedStatements: true,
        settings: [...TAKES_OUR_TIMEOUT, 'server_login_retry = 1', 'query_wait_timeout = 3'],
      });
      await using processor = new Program(
        'processor/main.ts',
        [],
        environment(pooler.urlOf(postgres.url), queue),
      );
      await processor.logged('ready');
      await postgres.stop('immediate');
      await queue.send(plainBodies(100));
      await until(() => processor.logs.some(({ msg }) => String(msg).includes('PostgreSQL is away')), {
        what: 'the breaker',
        timeoutMs: 40_000,
      });
      await postgres.start();
      await until(async () => (await queue.counts()).total === 0, {
        what: 'the queue to be drained',
        timeoutMs: 60_000,
      });
      processor.signal('SIGTERM');
      expect((await processor.exited).code).toBe(0);
      expect(await processor.logged('stopped')).toMatchObject({ stored: 100, rejected: 0, released: 0 });
    });

    test('that refuses our statement timeout is told in a sentence', async () => {
      await using database = await createDatabase();
      await using queue = await createQueue();
      await using pooler = await startPgBouncer(installed, inject('databaseUrl'), {
        preparedStatements: false,
      });
      const env = environment(pooler.urlOf(database.url), queue);
      await using processor = new Program('processor/main.ts', [], env);
      expect((await processor.exited).code).toBe(1);
      expect(processor.stderr).toContain('ignore_startup_parameters = statement_timeout');
    });
  },
);
