import { expect, test } from 'vitest';
import { migrate } from '#internal/postgres/migrate.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies } from '#internal/proof/kit/events.ts';
import { newerProgram } from '#internal/proof/kit/newer-program.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';

const ADDITIVE = `-- Works with programs from 0001_core.sql on.
alter table message add column note text default 'none';
create table something_new (id bigint primary key);
`;

test('processors of the version before go on beside a newer schema, start beside it, and end in order', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const start = () =>
    new Program('processor/main.ts', [], {
      ...sqsEnvironment(queue.endpoint),
      DATABASE_URL: database.url,
      QUEUE_NAME: queue.name,
      HEALTH_PORT: '0',
      RECEIVE_WAIT_SECONDS: '1',
    });
  let sent = 0;
  const sendAndAwait = async () => {
    await queue.send(plainBodies(200, {}, sent));
    sent += 200;
    await until(async () => (await database.pool.query('select from message')).rowCount === sent, {
      what: `${sent} events`,
      timeoutMs: 30_000,
    });
  };
  await using before = start();
  await before.logged('ready');
  await sendAndAwait();
  await using program = await newerProgram({ '9001_adds.sql': ADDITIVE });
  expect(await migrate(database.pool, program)).toEqual(['9001_adds.sql']);
  await sendAndAwait();
  await using rolledBack = start(); // the roll-out failed: the previous version starts again
  await rolledBack.logged('the database was migrated by a newer version, compatible with this one');
  await rolledBack.logged('ready');
  before.signal('SIGTERM');
  expect(await before.exited).toEqual({ code: 0, signal: null });
  await sendAndAwait();
  rolledBack.signal('SIGTERM');
  expect(await rolledBack.exited).toEqual({ code: 0, signal: null });
});
