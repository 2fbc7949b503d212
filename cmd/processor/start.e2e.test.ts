import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { startSqs } from '#internal/embedded/sqs.ts';
import { freePort } from '#internal/embedded/ports.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies } from '#internal/proof/kit/events.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';

const NOWHERE = 'postgres://postgres:secret@127.0.0.1:1/postgres';
const WAITS = 'PostgreSQL is away: the start waits for it';

function start(databaseUrl: string, queue: { name: string; endpoint: string }, more: object = {}): Program {
  return new Program('processor/main.ts', [], {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: databaseUrl,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
    ...more,
  });
}

async function page(port: number, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

describe('while PostgreSQL is away at the start', () => {
  test.for([1, 2])(
    'with WORKERS=%d it waits with a word, answers for itself, and goes on by itself',
    { timeout: 120_000 },
    async (workers) => {
      await using postgres = await startPostgres({ inMemory: true });
      await using queue = await createQueue();
      await postgres.stop();
      const port = await freePort();
      await using processor = start(postgres.url, queue, {
        HEALTH_PORT: String(port),
        WORKERS: String(workers),
      });
      const { problem } = await processor.logged(WAITS);
      expect(problem).toContain('cannot be reached');
      expect(await page(port, '/livez')).toMatchObject({ status: 200 });
      const { status, text } = await page(port, '/readyz');
      expect({ status, text }).toEqual({ status: 503, text: expect.stringContaining('cannot be reached') });
      const gauge =
        workers === 1
          ? 'event_processor_up{part="postgres"} 0'
          : 'event_processor_worker_ready{worker="1"} 0';
      expect((await page(port, '/metrics')).text).toContain(`\n${gauge}\n`);
      await postgres.start();
      await processor.logged('PostgreSQL is there');
      await processor.logged('ready');
      expect(processor.logs.filter(({ msg }) => msg === WAITS)).toHaveLength(1);
      await queue.send(plainBodies(10));
      await until(async () => (await queue.counts()).total === 0, { what: 'the queue to be empty' });
      processor.signal('SIGTERM');
      expect(await processor.exited).toEqual({ code: 0, signal: null });
      expect(await processor.logged('stopped')).toMatchObject({ stored: 10, balanced: true });
    },
  );

  test.for([1, 2])('with WORKERS=%d a signal ends the wait in order', async (workers) => {
    await using queue = await createQueue();
    await using processor = start(NOWHERE, queue, { WORKERS: String(workers) });
    await processor.logged(WAITS);
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(await processor.logged('stopped')).toMatchObject({ received: 0, balanced: true });
  });

  test('a limit ends the wait with what is wrong', async () => {
    await using queue = await createQueue();
    await using processor = start(NOWHERE, queue, { START_WAIT_SECONDS: '2' });
    await processor.logged(WAITS);
    expect((await processor.exited).code).toBe(1);
    expect(processor.stderr).toMatch(/^processor: PostgreSQL at 127\.0\.0\.1:1\/postgres cannot be reached/);
    await using impatient = start(NOWHERE, queue, { START_WAIT_SECONDS: '0' });
    expect((await impatient.exited).code).toBe(1);
    expect(impatient.logs).toEqual([]);
  });

  test('what somebody must set right ends it at once', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const other = (change: (url: URL) => void) => {
      const url = new URL(database.url);
      change(url);
      return url.href;
    };
    const urls = [
      other((url) => {
        url.password = 'wrong';
      }),
      other((url) => {
        url.pathname = '/no_such_database';
      }),
      other((url) => {
        url.search = '?sslmode=verify-full&sslrootcert=/no/such/file';
      }),
    ];
    for (const url of urls) {
      await using processor = start(url, queue);
      expect((await processor.exited).code).toBe(2);
      expect(processor.logs).toEqual([]);
    }
  });
});

test('while SQS is away at the start it waits as well', async () => {
  await using database = await createDatabase();
  const port = await freePort();
  const queue = { name: 'events', endpoint: `http://127.0.0.1:${port}` };
  await using processor = start(database.url, queue, { QUEUE_CREATE: 'true' });
  const { problem } = await processor.logged('SQS is away: the start waits for it');
  expect(problem).toContain('cannot be reached');
  await using _ = await startSqs({ port });
  await processor.logged('ready');
  processor.signal('SIGTERM');
  expect(await processor.exited).toEqual({ code: 0, signal: null });
});

test('HEALTH_HOST says on which address health and metrics are served', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const connects = (host: string, port: number) =>
    new Promise((resolve) => {
      const socket = connect(port, host);
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  for (const [host, others] of [
    [undefined, true],
    ['127.0.0.1', false],
  ] as const) {
    await using processor = start(database.url, queue, host === undefined ? {} : { HEALTH_HOST: host });
    const { healthPort } = await processor.logged('ready');
    expect(await connects('127.0.0.1', Number(healthPort))).toBe(true);
    expect(await connects('127.0.0.2', Number(healthPort))).toBe(others);
  }
  await using elsewhere = start(database.url, queue, { HEALTH_HOST: '192.0.2.1' });
  expect((await elsewhere.exited).code).toBe(1);
  expect(elsewhere.stderr).toContain('this machine has no address 192.0.2.1');
  await using wrong = start(database.url, queue, { HEALTH_HOST: 'my laptop' });
  expect((await wrong.exited).code).toBe(2);
  expect(wrong.stderr).toContain('HEALTH_HOST must be an address');
});

test('metrics tell of partitions, open rejections, the depth of the queue and dead letters', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  await database.pool.query(
    `insert into rejection (queue, sqs_message_id, reason, detail, body, attributes, receive_count, received_at)
     select 'q', i::text, 'malformed_json', '', '', '{}', 1, now() from generate_series(1, 3) as i`,
  );
  await using processor = start(database.url, queue);
  const { healthPort } = await processor.logged('ready');
  const found = await until(
    async () => {
      const { text } = await page(Number(healthPort), '/metrics');
      return /partition_days_ahead\{/.test(text) &&
        /rejections_open\{/.test(text) &&
        /dead_letters\{/.test(text)
        ? text
        : undefined;
    },
    { what: 'the gauges' },
  );
  const days = Number(/^event_processor_partition_days_ahead\{table="message"\} ([\d.]+)$/m.exec(found)?.[1]);
  expect(days).toBeGreaterThan(7);
  expect(days).toBeLessThan(8.1);
  for (const line of [
    'event_processor_rejections_open{reason="malformed_json"} 3',
    'event_processor_rejections_open{reason="unstorable"} 0',
    'event_processor_queue_messages{state="visible"} 0',
    `event_processor_dead_letters{queue="${queue.name}-dead-letter"} 0`,
    'event_processor_oldest_held_seconds 0',
  ])
    expect(found).toContain(`\n${line}\n`);
});
