import { expect, test } from 'vitest';
import { createDatabase } from '#internal/testkit/database.ts';
import { plainBodies } from '#internal/testkit/events.ts';
import { Program } from '#internal/testkit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/testkit/queue.ts';
import { until } from '#internal/testkit/until.ts';

// The one run of the whole processor that every SQS server passes.

test.each(['lean', 'sdk'])(
  'all of the queue ends in PostgreSQL, over the transport %s',
  async (transport) => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const bodies = plainBodies(200);
    await queue.send([...bodies, 'Hello World', ...bodies.slice(0, 20)]);
    await using processor = new Program('processor/main.ts', ['--until-empty'], {
      ...sqsEnvironment(queue.endpoint),
      DATABASE_URL: database.url,
      QUEUE_NAME: queue.name,
      HEALTH_PORT: '0',
      SQS_TRANSPORT: transport,
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
  },
);
