import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies } from '#internal/proof/kit/events.ts';
import { startProxy } from '#internal/proof/kit/proxy.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';

const VISIBILITY_SECONDS = 5;

function start(database: { url: string }, queue: TestQueue, more: object = {}, args: string[] = []): Program {
  return new Program('processor/main.ts', args, {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: database.url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
    VISIBILITY_TIMEOUT_SECONDS: String(VISIBILITY_SECONDS),
    WORKERS: '2',
    ...more,
  });
}

async function count(database: TestDatabase, table: 'message' | 'message_key' = 'message'): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::integer as count from ${table}`,
  );
  return rows[0]?.count ?? -1;
}

async function stored(database: TestDatabase, atLeast: number): Promise<void> {
  await until(async () => (await count(database)) >= atLeast, {
    what: `${atLeast} messages`,
    timeoutMs: 60_000,
  });
}

/** Returns the process id of that worker's newest process. */
function pidOf(program: Program, worker: number): number {
  const line = program.logs.findLast((each) => each['msg'] === 'worker ready' && each['worker'] === worker);
  return Number(line?.['pid']);
}

async function page(program: Program, path: string): Promise<{ status: number; text: string }> {
  const { healthPort } = await program.logged('ready');
  const response = await fetch(`http://127.0.0.1:${String(healthPort)}${path}`);
  return { status: response.status, text: await response.text() };
}

/** Waits until each of the two workers holds events that are not stored. */
async function bothHold(program: Program): Promise<void> {
  await until(
    async () => {
      const { text } = await page(program, '/metrics');
      return [1, 2].every((worker) =>
        new RegExp(`^event_processor_worker_events_in_flight\\{worker="${worker}"\\} [1-9]`, 'm').test(text),
      );
    },
    { what: 'events in both workers', timeoutMs: 30_000 },
  );
}

/** Starts a processor whose two workers hold 500 events while PostgreSQL does not answer until the proxy resumes. */
async function startHolding() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabase());
  const proxy = stack.use(await startProxy(database.url));
  const queue = stack.use(await createQueue({ visibilityTimeoutSeconds: 600 }));
  const processor = stack.use(start({ url: proxy.url }, queue, { VISIBILITY_TIMEOUT_SECONDS: '600' }));
  await processor.logged('ready');
  proxy.stall();
  await queue.send(plainBodies(500));
  await bothHold(processor);
  const resources = stack.move();
  return {
    database,
    proxy,
    queue,
    processor,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function storedByMetrics(program: Program): Promise<number> {
  return counted(program, 'stored');
}

async function counted(program: Program, what: 'received' | 'stored'): Promise<number> {
  const { text } = await page(program, '/metrics');
  return Number(new RegExp(`^event_processor_events_${what}_total (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Expects every event to be stored, or visible to the next processor, and some of them stored. */
async function everyEventIsSomewhere(database: TestDatabase, queue: TestQueue, sent: number): Promise<void> {
  const left = await queue.counts();
  const kept = await count(database);
  expect({ inFlight: left.inFlight, all: kept + left.visible }).toEqual({ inFlight: 0, all: sent });
  expect(kept).toBeGreaterThan(0);
}

describe('several workers', () => {
  test('share the load, store every event once, and tell of it in one voice', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await using processor = start(database, queue);
    await processor.logged('ready');
    await queue.send([...plainBodies(1_000), ...plainBodies(100)]);
    await stored(database, 1_000);
    await until(async () => (await queue.counts()).total === 0, {
      what: 'an empty queue',
      timeoutMs: 30_000,
    });
    expect(await page(processor, '/readyz')).toMatchObject({
      status: 200,
      text: expect.stringMatching(
        /^workers: 2 of 2 ready\nworker 1: postgres: ok, .*\nworker 2: postgres: ok, /,
      ),
    });
    expect(await storedByMetrics(processor)).toBe(1_000);
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(await processor.logged('stopped')).toMatchObject({
      received: 1_100,
      stored: 1_000,
      duplicates: 100,
      inFlight: 0,
      abandoned: 0,
      balanced: true,
      workers: 2,
      restarts: 0,
    });
    const shares = processor.logs.filter(({ msg }) => msg === 'worker stopped');
    expect(shares.map(({ worker }) => worker).sort()).toEqual([1, 2]);
    for (const { received } of shares) expect(received).toBeGreaterThan(0);
  });

  test('end by themselves on an empty queue when so asked', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await queue.send(plainBodies(300));
    await using processor = start(database, queue, { WORKERS: '3' }, ['--until-empty']);
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(await processor.logged('stopped')).toMatchObject({ received: 300, stored: 300, balanced: true });
    expect((await queue.counts()).total).toBe(0);
  });
});

describe('when one of the processes is killed', () => {
  test('another worker takes its place, nothing is lost or stored twice, and counters never go down', async () => {
    await using database = await createDatabase();
    await using proxy = await startProxy(database.url);
    await using queue = await createQueue({ visibilityTimeoutSeconds: VISIBILITY_SECONDS });
    await using processor = start({ url: proxy.url }, queue);
    await processor.logged('ready');
    await queue.send(plainBodies(500));
    await stored(database, 500);
    await until(async () => (await storedByMetrics(processor)) === 500, { what: 'the counter' });
    proxy.stall();
    await queue.send(plainBodies(500, {}, 500));
    await bothHold(processor);
    const killed = pidOf(processor, 1);
    process.kill(killed, 'SIGKILL');
    expect(await processor.logged('a worker ended; another takes its place')).toMatchObject({
      worker: 1,
      workerPid: killed,
      signal: 'SIGKILL',
    });
    proxy.resume();
    expect(await storedByMetrics(processor)).toBeGreaterThanOrEqual(500);
    await until(() => pidOf(processor, 1) !== killed, { what: 'the new worker', timeoutMs: 30_000 });
    await stored(database, 1_000);
    await until(async () => (await queue.counts()).total === 0, {
      what: 'an empty queue',
      timeoutMs: 30_000,
    });
    expect((await page(processor, '/metrics')).text).toContain(
      'event_processor_worker_restarts_total{worker="1"} 1',
    );
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    const books = await processor.logged('stopped');
    expect(books).toMatchObject({ inFlight: 0, balanced: true, restarts: 1 });
    // PostgreSQL may commit what the killed worker had sent; redelivered, those events are duplicates.
    expect(Number(books['stored']) + Number(books['duplicates'])).toBe(1_000);
    expect(books['abandoned']).toBeGreaterThan(0);
    expect(await count(database)).toBe(1_000);
    expect(await count(database, 'message_key')).toBe(1_000);
  });

  test('without their supervisor the workers drain and end, and nothing is lost', async () => {
    await using holding = await startHolding();
    const { database, proxy, queue, processor } = holding;
    processor.signal('SIGKILL');
    await processor.logged('the supervisor is gone: draining');
    proxy.resume();
    // Workers write to the same pipe: it closes, and this resolves, when the last of them has ended.
    expect((await processor.exited).signal).toBe('SIGKILL');
    const books = processor.logs.filter(({ msg }) => msg === 'worker stopped');
    expect(books).toMatchObject([
      { inFlight: 0, balanced: true },
      { inFlight: 0, balanced: true },
    ]);
    await everyEventIsSomewhere(database, queue, 500);
  });
});

describe('shutdown', () => {
  test('by Ctrl-C in a terminal, which reaches every process, drains all and counts once', async () => {
    await using holding = await startHolding();
    const { database, proxy, queue, processor } = holding;
    for (const worker of [1, 2]) process.kill(pidOf(processor, worker), 'SIGINT');
    processor.signal('SIGINT');
    await processor.logged('SIGINT: draining; once more to stop now');
    proxy.resume();
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(await processor.logged('stopped')).toMatchObject({ inFlight: 0, abandoned: 0, balanced: true });
    expect(processor.stdout).not.toContain('stopping what');
    await everyEventIsSomewhere(database, queue, 500);
  });

  test('asked for twice, gives everything back at once', async () => {
    await using database = await createDatabase();
    await using proxy = await startProxy(database.url);
    await using queue = await createQueue({ visibilityTimeoutSeconds: 600 });
    await using processor = start({ url: proxy.url }, queue, {
      VISIBILITY_TIMEOUT_SECONDS: '600',
      SHUTDOWN_TIMEOUT_SECONDS: '3600',
    });
    await processor.logged('ready');
    proxy.stall();
    await queue.send(plainBodies(50));
    // Not when the queue has handed them out: a part of them may be on the way to a poll that the signal ends.
    await until(async () => (await counted(processor, 'received')) === 50, { what: 'messages held' });
    processor.signal('SIGTERM');
    await processor.logged('SIGTERM: draining; once more to stop now');
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(await processor.logged('stopped')).toMatchObject({ received: 50, released: 50, balanced: true });
    expect(await queue.counts()).toEqual({ visible: 50, inFlight: 0, total: 50 });
  });

  test('with a worker that hangs ends at the deadline, tells of it and fails', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await using processor = start(database, queue, { SHUTDOWN_TIMEOUT_SECONDS: '5' });
    await processor.logged('ready');
    process.kill(pidOf(processor, 2), 'SIGSTOP');
    expect(await page(processor, '/readyz')).toMatchObject({
      status: 200,
      text: expect.stringContaining('workers: 1 of 2 ready\n'),
    });
    expect((await page(processor, '/readyz')).text).toContain('worker 2: no answer\n');
    expect(await storedByMetrics(processor)).toBe(0);
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 1, signal: null });
    expect(await processor.logged('stopped')).toMatchObject({ balanced: true });
    expect(
      await processor.logged('a worker ended before it had drained; what it held is abandoned'),
    ).toMatchObject({ worker: 2, signal: 'SIGKILL' });
  });
});

describe('a shutdown that is pressed for', () => {
  test('by a third signal ends every process at once, with exit code 1', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await using processor = start(database, queue, { SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    await processor.logged('ready');
    process.kill(pidOf(processor, 2), 'SIGSTOP');
    processor.signal('SIGTERM');
    await processor.logged('SIGTERM: draining; once more to stop now');
    processor.signal('SIGTERM');
    await processor.logged('SIGTERM again: stopping what is not finished');
    processor.signal('SIGTERM');
    // Resolves when the stopped worker has closed the pipe, too.
    expect(await processor.exited).toEqual({ code: 1, signal: null });
  });

  test('by a signal while workers still start ends well', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await using processor = start(database, queue);
    await processor.logged('worker ready');
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(await processor.logged('stopped')).toMatchObject({ received: 0, balanced: true });
  });
});

describe('what keeps every worker from starting is told once', () => {
  async function failure(env: Record<string, string>) {
    await using processor = new Program('processor/main.ts', [], { WORKERS: '4', HEALTH_PORT: '0', ...env });
    const { code } = await processor.exited;
    return { code, stderr: processor.stderr, logs: processor.logs };
  }

  test('configuration, with exit code 2', async () => {
    const { code, stderr } = await failure({ WORKERS: '1000', BATCH_SIZE: 'many' });
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 6 });
    expect(stderr).toContain('WORKERS must be a whole number from 1 to 128');
    expect((await failure({})).stderr.match(/DATABASE_URL is missing/g)).toHaveLength(1);
  });

  test('a queue that is missing, with exit code 2', async () => {
    await using database = await createDatabase();
    const { code, stderr, logs } = await failure({
      ...sqsEnvironment(),
      DATABASE_URL: database.url,
      QUEUE_NAME: 'nowhere',
    });
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(stderr).toMatch(/^processor: .*the queue nowhere does not exist/);
    expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a wrong password, with exit code 2', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const url = new URL(database.url);
    url.password = 'not-the-password';
    const { code, stderr } = await failure({
      ...sqsEnvironment(queue.endpoint),
      DATABASE_URL: url.href,
      QUEUE_NAME: queue.name,
    });
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(stderr).toContain('refused the password');
  });

  test('too many connections for all of them are warned of before they are missed', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await database.pool.query(
      `do $$ begin execute format('alter database %I connection limit 100', current_database()); end $$`,
    );
    await using processor = start(database, queue, { STORE_CONNECTIONS: '50' });
    const warning = await until(() => processor.logs.find(({ level }) => level === 'warn'), {
      what: 'a warning',
      timeoutMs: 30_000,
    });
    expect(warning).toMatchObject({ worker: 1, workers: 2, connections: 106 });
  });
});

test('a worker that is started by hand says how it is meant', async () => {
  await using worker = new Program('processor/worker.ts', ['1'], {
    DATABASE_URL: 'postgres://nobody@localhost/x',
  });
  expect((await worker.exited).code).toBe(2);
  expect(worker.stderr).toContain('with WORKERS=n');
});
