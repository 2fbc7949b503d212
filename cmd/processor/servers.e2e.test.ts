import { expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies } from '#internal/proof/kit/events.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';

// The one run of the whole processor that every SQS server passes.

/** For every SQS server; without one that is named, they are left to CI, which sets LONG_PROOFS=true. */
const isAsked = process.env['LONG_PROOFS'] === 'true' || process.env['SQS_TEST_SERVERS'] !== undefined;

test.runIf(isAsked)('all of the queue ends in PostgreSQL', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const bodies = plainBodies(200);
  await queue.send([...bodies, 'Hello World', ...bodies.slice(0, 20)]);
  await using processor = new Program('processor/main.ts', ['--until-empty'], {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: database.url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
  });
  expect(await processor.exited).toEqual({ code: 0, signal: null });
  expect(await processor.logged('stopped')).toMatchObject({
    received: 221,
    stored: 200,
    duplicates: 20,
    rejected: 1,
    inFlight: 0,
    balanced: true,
  });
  await until(async () => (await queue.counts()).total === 0, { what: 'the queue to be empty' });
});

test.runIf(isAsked)(
  'a FIFO queue: at any moment what is stored of a message group is its beginning, also across kill -9',
  async () => {
    await using database = await createDatabase();
    await using queue = await createQueue({ fifo: true, visibilityTimeoutSeconds: 5 });
    const groups = ['a', 'b', 'c', 'd'];
    for (const source of groups) await queue.sendToGroup(source, plainBodies(PER_GROUP, { source }));
    const env = {
      ...sqsEnvironment(queue.endpoint),
      DATABASE_URL: database.url,
      QUEUE_NAME: queue.name,
      HEALTH_PORT: '0',
      RECEIVE_WAIT_SECONDS: '1',
      VISIBILITY_TIMEOUT_SECONDS: '5',
      BATCH_SIZE: '3', // less than one receive returns of a group
      STORE_CONNECTIONS: '4',
    };
    const disorder: string[] = [];
    await using first = new Program('processor/main.ts', [], env);
    await until(async () => (await stored(database, disorder)) > PER_GROUP, WHAT);
    first.signal('SIGKILL');
    await using second = new Program('processor/main.ts', [], env);
    await using third = new Program('processor/main.ts', [], env);
    await until(async () => (await stored(database, disorder)) === groups.length * PER_GROUP, WHAT);
    await until(async () => (await queue.counts()).total === 0, { what: 'the queue to be empty' });
    for (const processor of [second, third]) {
      processor.signal('SIGTERM');
      expect((await processor.exited).code).toBe(0);
    }
    expect(disorder).toEqual([]);
    expect((await database.pool.query('select from rejection')).rowCount).toBe(0);
  },
);

const PER_GROUP = 60;
const WHAT = { what: 'messages', timeoutMs: 60_000 };

/** Counts the stored messages in one snapshot; adds a group to `disorder` if these are not its first ids. */
async function stored(database: TestDatabase, disorder: string[]): Promise<number> {
  const { rows } = await database.pool.query<{ source: string; ids: number[] }>(
    'select source, array_agg(event_id::integer order by id) as ids from message group by source',
  );
  for (const { source, ids } of rows) {
    if (ids.some((id, i) => id !== i)) disorder.push(`${source}: ${ids.join(' ')}`);
  }
  return rows.reduce((sum, { ids }) => sum + ids.length, 0);
}
