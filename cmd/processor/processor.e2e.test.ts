import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { startSqs } from '#internal/embedded/sqs.ts';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { MIGRATIONS } from '#internal/proof/kit/migrations.ts';
import { plainBodies, plainEvent } from '#internal/proof/kit/events.ts';
import { startProxy } from '#internal/proof/kit/proxy.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';

function environment(
  database: { url: string },
  queue: { name: string; endpoint: string },
  more: object = {},
) {
  return {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: database.url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
    REPLAY_INTERVAL_SECONDS: '1',
    ...more,
  };
}

async function count(
  database: TestDatabase,
  table: 'message' | 'message_key' | 'rejection',
): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::integer as count from ${table}`,
  );
  return rows[0]?.count ?? -1;
}

/** Drains the queue and returns the books of the last log line. */
async function drain(database: { url: string }, queue: TestQueue, more: object = {}) {
  await using processor = new Program(
    'processor/main.ts',
    ['--until-empty'],
    environment(database, queue, more),
  );
  expect(await processor.exited).toEqual({ code: 0, signal: null });
  const books = await processor.logged('stopped');
  expect(books).toMatchObject({ balanced: true, inFlight: 0 });
  return books;
}

async function ready(processor: Program): Promise<number> {
  const { healthPort } = await processor.logged('ready');
  const response = await fetch(`http://127.0.0.1:${String(healthPort)}/readyz`);
  return response.status;
}

describe('what is sent', () => {
  test('is stored once or kept as a rejection, and leaves the queue', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await queue.send([...plainBodies(499), 'Hello World', ...plainBodies(20)]);
    expect(await drain(database, queue)).toMatchObject({
      received: 520,
      stored: 499,
      duplicates: 20,
      rejected: 1,
    });
    expect(await count(database, 'message')).toBe(499);
    expect((await queue.counts()).total).toBe(0);
    const { rows } = await database.pool.query('select reason, body from rejection_readable');
    expect(rows).toEqual([{ reason: 'malformed_json', body: 'Hello World' }]);
  });

  test('compressed is stored as if it were not, and what producers call bad is rejected', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const env = environment(database, queue);
    for (const encoding of ['zstd', 'gzip']) {
      const options = ['--batch', '100', '--compress', encoding, '--bad', '0.1', '--duplicates', '0.1'];
      await using producers = new Program('producers/main.ts', ['--count', '1000', ...options], env);
      expect(await producers.exited).toMatchObject({ code: 0 });
      const sent = /good (\d+), duplicate (\d+), bad (\d+)/.exec(producers.stdout)?.slice(1).map(Number);
      const { stored, duplicates, rejected } = await drain(database, queue);
      expect([stored, duplicates, rejected]).toEqual(sent);
    }
    const { rows } = await database.pool.query(
      "select from rejection where reason = 'malformed_json' and body not like 'H4sI%' and body not like 'KLUv%'",
    );
    expect(rows).toEqual([]); // whole bodies, as they were sent
  });

  test('compressed for more than the limit is kept, and stored by a replay under a higher one', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const message = 'x'.repeat(900_000);
    const events = JSON.stringify([plainEvent(1, { message }), plainEvent(2, { message })]);
    const body = gzipSync(events).toString('base64');
    await queue.send([body, 'Hello World'], 'gzip');
    await queue.send(plainBodies(10, {}, 10));
    const limited = { MAX_EXPANDED_BYTES: '1048576' };
    expect(await drain(database, queue, limited)).toMatchObject({ stored: 10, rejected: 2 });
    const { rows } = await database.pool.query(
      `select detail, body, attributes->>'content-encoding' as encoding from rejection_readable
        where reason = 'invalid_encoding' order by length(body)`,
    );
    expect(rows).toMatchObject([
      { body: 'Hello World', encoding: 'gzip', detail: expect.stringContaining('must be Base64') },
      { body, encoding: 'gzip', detail: expect.stringContaining('to more than 1048576 bytes') },
    ]);
    const replay = async (env: object) => {
      const args = ['rejections', 'replay', '--reason', 'invalid_encoding', '--json'];
      await using admin = new Program('admin/main.ts', args, { DATABASE_URL: database.url, ...env });
      expect(await admin.exited).toMatchObject({ code: 0 });
      return JSON.parse(admin.stdout) as unknown;
    };
    expect(await replay(limited)).toEqual({ replayed: 0, refused: { invalid_encoding: 2 } });
    expect(await replay({})).toEqual({ replayed: 1, refused: { invalid_encoding: 1 } });
    expect(await count(database, 'message')).toBe(12);
  });

  test('stays one row when several processors run at once and after a restart', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const bodies = plainBodies(300);
    await queue.send([...bodies, ...bodies]);
    const books = await Promise.all([drain(database, queue), drain(database, queue)]);
    expect(books.reduce((sum, { stored }) => sum + Number(stored), 0)).toBe(300);
    await queue.send(bodies);
    expect(await drain(database, queue)).toMatchObject({ stored: 0, duplicates: 300 });
    expect(await count(database, 'message')).toBe(300);
  });

  test('is checked against the schema of its type', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await database.pool.query(
      `update event_type set schema = '{"type": "object", "properties": {"n": {"type": "string"}}}' where name = 'user-app'`,
    );
    await queue.send([
      JSON.stringify(plainEvent(1)),
      JSON.stringify(plainEvent(2, { message: { n: 'text' } })),
    ]);
    expect(await drain(database, queue)).toMatchObject({ stored: 1, rejected: 1 });
    const { rows } = await database.pool.query('select reason, detail, event_id from rejection');
    expect(rows).toEqual([{ reason: 'schema_violation', detail: 'payload/n must be string', event_id: '1' }]);
  });

  test('for a client that is registered later comes right by itself, and is counted', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await using processor = new Program('processor/main.ts', [], environment(database, queue));
    const { healthPort } = await processor.logged('ready');
    await queue.send([JSON.stringify(plainEvent(1, { client_id: 'late' }))]);
    await until(async () => (await count(database, 'rejection')) === 1, { what: 'the rejection' });
    await database.pool.query("insert into client (tenant_id, id) values ('default', 'late')");
    await until(async () => (await count(database, 'message')) === 1, { what: 'the message' });
    await until(
      async () =>
        (await database.pool.query("select from rejection where state = 'replayed'")).rowCount === 1,
      {
        what: 'the settled rejection',
      },
    );
    await until(
      async () => {
        const metrics = await (await fetch(`http://127.0.0.1:${String(healthPort)}/metrics`)).text();
        return /^event_processor_rejections_replayed_total 1$/m.test(metrics);
      },
      { what: 'the metric' },
    );
    expect(await processor.logged('rejections replayed after a registration')).toMatchObject({ replayed: 1 });
  });
});

describe('when something breaks', () => {
  test('kill -9 at any moment loses nothing and stores nothing twice', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue({ visibilityTimeoutSeconds: 5 });
    await queue.send(plainBodies(2_000));
    const env = environment(database, queue, { VISIBILITY_TIMEOUT_SECONDS: '5' });
    for (const share of [0.1, 0.4, 0.7]) {
      await using processor = new Program('processor/main.ts', [], env);
      await until(async () => (await count(database, 'message')) > 2_000 * share, {
        what: 'some messages',
        timeoutMs: 30_000,
      });
      processor.signal('SIGKILL');
      expect((await processor.exited).signal).toBe('SIGKILL');
    }
    await drain(database, queue, { VISIBILITY_TIMEOUT_SECONDS: '5' });
    expect(await count(database, 'message')).toBe(2_000);
    expect(await count(database, 'message_key')).toBe(2_000);
    expect(await count(database, 'rejection')).toBe(0);
  });

  test('PostgreSQL stopped: nothing lost or rejected, not ready, and it goes on by itself', async () => {
    await using postgres = await startPostgres({ inMemory: true });
    await using queue = await createQueue();
    await using processor = new Program('processor/main.ts', [], environment({ url: postgres.url }, queue));
    expect(await ready(processor)).toBe(200);
    await postgres.stop('immediate');
    await until(async () => (await ready(processor)) === 503, { what: 'not ready' });
    await queue.send(plainBodies(300));
    await until(async () => (await queue.counts()).inFlight > 0, { what: 'messages held' });
    await until(() => processor.logs.some(({ msg }) => String(msg).includes('PostgreSQL is away')), {
      what: 'the breaker',
    });
    await postgres.start();
    await until(async () => (await queue.counts()).total === 0, {
      what: 'the queue to be drained',
      timeoutMs: 40_000,
    });
    expect(await ready(processor)).toBe(200);
    processor.signal('SIGTERM');
    expect((await processor.exited).code).toBe(0);
    expect(await processor.logged('stopped')).toMatchObject({
      received: 300,
      stored: 300,
      duplicates: 0,
      rejected: 0,
      released: 0,
    });
  });

  test('SQS stopped: not ready, and it goes on by itself', async () => {
    await using database = await createDatabase();
    const folder = await import('node:fs/promises').then(({ mkdtemp }) =>
      mkdtemp(`${process.env['TMPDIR'] ?? '/tmp'}/sqs-`),
    );
    await using sqs = await startSqs({ folder });
    await using queue = await createQueue({ endpoint: sqs.endpoint });
    await using processor = new Program('processor/main.ts', [], environment(database, queue));
    await queue.send(plainBodies(100));
    await until(async () => (await count(database, 'message')) === 100, { what: 'the first messages' });
    await sqs.stop();
    await until(async () => (await ready(processor)) === 503, { what: 'not ready', timeoutMs: 30_000 });
    await sqs.start();
    await queue.send(plainBodies(100, {}, 100));
    await until(async () => (await count(database, 'message')) === 200, {
      what: 'all messages',
      timeoutMs: 40_000,
    });
    await until(async () => (await ready(processor)) === 200, { what: 'ready' });
  });

  test('SIGTERM under load: exit 0, books balanced, and the rest visible at once', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue({ visibilityTimeoutSeconds: 600 });
    await queue.send(plainBodies(3_000));
    await using processor = new Program(
      'processor/main.ts',
      [],
      environment(database, queue, { VISIBILITY_TIMEOUT_SECONDS: '600' }),
    );
    await until(async () => (await count(database, 'message')) > 200, { what: 'load', timeoutMs: 30_000 });
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    const books = await processor.logged('stopped');
    const stored = await count(database, 'message');
    expect(books).toMatchObject({ balanced: true, inFlight: 0, stored });
    expect(await queue.counts()).toEqual({ visible: 3_000 - stored, inFlight: 0, total: 3_000 - stored });
  });

  test('SIGTERM while PostgreSQL is away gives everything back within the deadline', async () => {
    await using postgres = await startPostgres({ inMemory: true });
    await using queue = await createQueue({ visibilityTimeoutSeconds: 600 });
    const env = environment({ url: postgres.url }, queue, { VISIBILITY_TIMEOUT_SECONDS: '600' });
    await using processor = new Program('processor/main.ts', [], env);
    await processor.logged('ready');
    await postgres.stop('immediate');
    await queue.send(plainBodies(50));
    await until(() => processor.logs.some(({ msg }) => String(msg).includes('PostgreSQL is away')), {
      what: 'the breaker',
    });
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(await queue.counts()).toEqual({ visible: 50, inFlight: 0, total: 50 });
  });

  test('SIGTERM while PostgreSQL is half open gives everything back within the deadline', async () => {
    await using database = await createDatabase();
    await using proxy = await startProxy(database.url);
    await using queue = await createQueue({ visibilityTimeoutSeconds: 600 });
    const env = environment({ url: proxy.url }, queue, {
      VISIBILITY_TIMEOUT_SECONDS: '600',
      SHUTDOWN_TIMEOUT_SECONDS: '8',
    });
    await using processor = new Program('processor/main.ts', [], env);
    const { healthPort } = await processor.logged('ready');
    proxy.stall();
    await queue.send(plainBodies(50));
    // Not when the queue has handed them out: a part of them may be on the way to a poll that the signal ends.
    const areHeld = async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${String(healthPort)}/metrics`)).text();
      return /^event_processor_events_received_total 50$/m.test(metrics);
    };
    await until(areHeld, { what: 'messages held' });
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(await processor.logged('stopped')).toMatchObject({ balanced: true, inFlight: 0 });
    expect(await queue.counts()).toEqual({ visible: 50, inFlight: 0, total: 50 });
  });
});

describe('what cannot work is told in a sentence', () => {
  async function failure(env: Record<string, string>, args: string[] = []) {
    await using processor = new Program('processor/main.ts', args, env);
    const { code } = await processor.exited;
    expect(processor.stderr).not.toMatch(/\n\s+at /);
    return { code, stderr: processor.stderr };
  }

  test('all problems of the configuration at once, with exit code 2', async () => {
    const { code, stderr } = await failure({
      DATABASE_URL: 'mysql://user:secret@host/db',
      BATCH_SIZE: 'many',
      HEALTH_PORT: '99999',
      QUEUE_NAME: 'a',
      QUEUE_URL: 'http://localhost/a',
    });
    expect(code).toBe(2);
    for (const name of ['DATABASE_URL', 'BATCH_SIZE', 'HEALTH_PORT']) expect(stderr).toContain(name);
    expect(stderr).not.toContain('secret');
    expect((await failure({})).stderr).toContain('DATABASE_URL is missing');
    expect((await failure({}, ['--nonsense'])).code).toBe(2);
  });

  test('a wrong password', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const url = new URL(database.url);
    url.password = 'not-the-password';
    const { code, stderr } = await failure(environment({ url: url.href }, queue));
    expect(code).toBe(2);
    expect(stderr).toContain('refused the password');
    expect(stderr).not.toContain('not-the-password');
  });

  test('a missing queue', async () => {
    await using database = await createDatabase();
    const { code, stderr } = await failure({
      ...sqsEnvironment(),
      DATABASE_URL: database.url,
      QUEUE_NAME: 'nowhere',
      HEALTH_PORT: '0',
    });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the queue nowhere does not exist'),
    });
  });

  test.each([1, 2])('a port that is taken, before anything is changed, with WORKERS=%d', async (workers) => {
    await using database = await createDatabase({ migrated: false });
    await using queue = await createQueue();
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, resolve);
    });
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await failure(
      environment(database, queue, { HEALTH_PORT: String(port), WORKERS: String(workers) }),
    );
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port} for health and metrics is taken`);
    expect((await database.pool.query('select from pg_class where relname = $1', ['message'])).rowCount).toBe(
      0,
    );
  });

  test('migrations that are missing, or changed', async () => {
    await using empty = await createDatabase({ migrated: false });
    await using changed = await createDatabase();
    await using queue = await createQueue();
    await changed.pool.query("update schema_migration set checksum = 'other'");
    expect((await failure(environment(empty, queue, { MIGRATE: 'false' }))).stderr).toContain(
      `lacks the migrations ${MIGRATIONS.join(', ')}`,
    );
    expect((await failure(environment(changed, queue))).stderr).toContain('changed after they were applied');
  });
});

test('--help explains the program', async () => {
  await using processor = new Program('processor/main.ts', ['--help']);
  expect((await processor.exited).code).toBe(0);
  expect(processor.stdout).toContain('--until-empty');
});

test('/metrics has the books in Prometheus text', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  await using processor = new Program('processor/main.ts', [], environment(database, queue));
  const { healthPort } = await processor.logged('ready');
  await queue.send([...plainBodies(5), 'bad']);
  await until(
    async () => (await count(database, 'rejection')) === 1 && (await count(database, 'message')) === 5,
    { what: 'the rows' },
  );
  const metrics = await (await fetch(`http://127.0.0.1:${String(healthPort)}/metrics`)).text();
  expect(metrics).toMatch(/^event_processor_events_stored_total 5$/m);
  expect(metrics).toMatch(/^event_processor_events_rejected_total\{reason="malformed_json"\} 1$/m);
  expect((await fetch(`http://127.0.0.1:${String(healthPort)}/livez`)).status).toBe(200);
});
