import { CreateQueueCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect, inject, test } from 'vitest';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies, plainEvent } from '#internal/proof/kit/events.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { testRoles } from '#internal/proof/kit/roles.ts';
import { onServer } from '#internal/proof/kit/server.ts';
import { until } from '#internal/proof/kit/until.ts';

function start(url: string, queue: TestQueue, more: Readonly<Record<string, string>> = {}): Program {
  return new Program('processor/main.ts', [], {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
    LOG_INTERVAL_SECONDS: '1',
    ...more,
  });
}

async function readyz(program: Program): Promise<{ status: number; text: string }> {
  const { healthPort } = await program.logged('ready');
  const response = await fetch(`http://127.0.0.1:${String(healthPort)}/readyz`);
  return { status: response.status, text: await response.text() };
}

async function answers(program: Program, status: number, text: RegExp): Promise<void> {
  await until(
    async () => {
      const page = await readyz(program);
      if (page.status !== status || !text.test(page.text)) throw new Error(`${page.status}: ${page.text}`);
      return true;
    },
    { what: `/readyz with ${status} and ${String(text)}`, timeoutMs: 30_000 },
  );
}

async function stored({ pool }: TestDatabase): Promise<number> {
  return (await pool.query('select from message')).rowCount ?? 0;
}

/** Makes new sessions read-only, or not, and ends the present ones, as a failover to a replica does. */
async function setReadOnly({ pool }: TestDatabase, readOnly: boolean): Promise<void> {
  const { rows } = await pool.query<{ name: string }>('select current_database() as name');
  const name = rows[0]?.name ?? '';
  const server = inject('databaseUrl');
  await onServer(server, `alter database ${name} set default_transaction_read_only = ${String(readOnly)}`);
  await onServer(
    server,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and application_name like 'event-processor%'`,
  );
}

const times = (program: Program, message: string) =>
  program.logs.filter(({ msg }) => String(msg).startsWith(message)).length;

describe.each(['1', '2'])('with WORKERS=%s', (workers) => {
  test('a database that takes no writes any more makes /readyz fail with the reason, until it does again', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await using processor = start(database.url, queue, { WORKERS: workers });
    await answers(processor, 200, /postgres: ok/);
    await setReadOnly(database, true);
    await queue.send(plainBodies(1));
    await answers(processor, 503, /postgres: PostgreSQL at .* takes no writes.* \(SQLSTATE 25006\)/);
    await setReadOnly(database, false);
    await until(async () => (await stored(database)) === 1, { what: 'the event', timeoutMs: 30_000 });
    await answers(processor, 200, /postgres: ok/);
    expect(await processor.logged('PostgreSQL is back')).toMatchObject({ awaySeconds: expect.any(Number) });
    expect(times(processor, 'PostgreSQL is away')).toBe(1);
    expect(times(processor, 'PostgreSQL is back')).toBe(1);
    processor.signal('SIGTERM');
    expect((await processor.exited).code).toBe(0);
  });
});

test('mappings that cannot be read show on /readyz, since nothing is received before they are', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  await database.pool.query('alter table mapping rename to elsewhere');
  await queue.send(plainBodies(1));
  await using processor = start(database.url, queue);
  await answers(processor, 503, /postgres: a table is missing .*mapping.* \(SQLSTATE 42P01\)/);
  const told = 'the mappings cannot be read; nothing is received before; trying again until they can';
  await processor.logged(told);
  expect(times(processor, told)).toBe(1);
  expect(await stored(database)).toBe(0);
  await database.pool.query('alter table elsewhere rename to mapping');
  await answers(processor, 200, /postgres: ok/);
  await until(async () => (await stored(database)) === 1, { what: 'the event' });
});

test('a queue that is gone shows on /readyz with the reason, and without a secret', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  await using processor = start(database.url, queue);
  await answers(processor, 200, /sqs: ok/);
  await queue.client.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
  await answers(processor, 503, /sqs: the queue \S+ does not exist at http\S+: create it/);
  await queue.client.send(new CreateQueueCommand({ QueueName: queue.name }));
  await answers(processor, 200, /sqs: ok/);
});

test('a right that is missing for rejections shows on /readyz until it is granted', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const { pool } = database;
  await using roles = testRoles(pool);
  const role = await roles.make('processor');
  await pool.query(`grant select, insert, update, delete on all tables in schema public to ${role}`);
  await pool.query(`grant usage on all sequences in schema public to ${role}`);
  await pool.query(`revoke insert on rejection from ${role}`);
  await using processor = start(roles.urlFor(database.url, role), queue, {
    MIGRATE: 'false',
    LOG_LEVEL: 'debug',
  });
  await answers(processor, 200, /postgres: ok/);
  await queue.send([JSON.stringify(plainEvent('bad', { event_type: 'nobody-knows' }))]);
  await answers(processor, 503, /postgres: the PostgreSQL user lacks a right .*\(SQLSTATE 42501\)/);
  await pool.query(`grant insert on rejection to ${role}`);
  await answers(processor, 200, /postgres: ok/);
  expect(await processor.logged('an event is rejected')).toMatchObject({
    level: 'debug',
    component: 'pipeline',
    reason: 'unknown_event_type',
    tenantId: 'default',
    eventType: 'nobody-knows',
    sqsMessageId: expect.stringMatching(/^[\w-]+$/),
  });
  expect(await processor.logged('progress')).toMatchObject({ level: 'info', component: 'pipeline' });
  await until(() => processor.logs.some(({ msg, rejected }) => msg === 'progress' && rejected === 1), {
    what: 'the line that counts the rejection',
  });
  processor.signal('SIGTERM');
  expect((await processor.exited).code).toBe(0);
});
