import { expect, test } from 'vitest';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/proof/kit/queue.ts';

const OPTIONS = ['--count', '90', '--tenants', '5', '--register'];

test('everything that producers send for new tenants is stored when they register them first', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const env = { ...sqsEnvironment(queue.endpoint), QUEUE_NAME: queue.name, DATABASE_URL: database.url };
  await using producers = new Program('producers/main.ts', OPTIONS, env);
  expect(await producers.exited).toMatchObject({ code: 0 });
  expect(producers.stderr).toContain('registered: tenants 5, clients 15, event types 15\n');
  await using processor = new Program('processor/main.ts', ['--until-empty'], { ...env, HEALTH_PORT: '0' });
  expect(await processor.exited).toMatchObject({ code: 0 });
  const { rows } = await database.pool.query(
    'select tenant_id as tenant, count(*)::integer from message group by 1 order by 1',
  );
  expect(rows).toEqual([1, 2, 3, 4, 5].map((i) => ({ tenant: `tenant-${i}`, count: 18 })));
  await using again = new Program('producers/main.ts', OPTIONS, env);
  expect(await again.exited).toMatchObject({ code: 0 });
  expect(again.stderr).toContain('all names were registered already\n');
});

test('producers that cannot register send nothing, and say why', async () => {
  await using database = await createDatabase({ migrated: false });
  await using queue = await createQueue();
  const env = { ...sqsEnvironment(queue.endpoint), QUEUE_NAME: queue.name };
  await using unset = new Program('producers/main.ts', OPTIONS, env);
  expect(await unset.exited).toMatchObject({ code: 2 });
  expect(unset.stderr).toContain('DATABASE_URL is missing');
  await using empty = new Program('producers/main.ts', OPTIONS, { ...env, DATABASE_URL: database.url });
  expect(await empty.exited).toMatchObject({ code: 1 });
  expect(empty.stderr).toMatch(/^producers: the database lacks the migrations 0001_core\.sql/);
  const away = { ...env, DATABASE_URL: 'postgres://postgres@127.0.0.1:1/events' };
  await using refused = new Program('producers/main.ts', OPTIONS, away);
  expect(await refused.exited).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('ECONNREFUSED');
  expect(await queue.counts()).toMatchObject({ total: 0 });
});
