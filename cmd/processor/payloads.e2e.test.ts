import { expect, test } from 'vitest';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { plainEvent } from '#internal/proof/kit/events.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/proof/kit/queue.ts';
import { S3Server } from '#internal/proof/kit/s3-server.ts';
import { until } from '#internal/proof/kit/until.ts';

const pointer = (name: string, key: string) => JSON.stringify([name, { s3BucketName: 'big', s3Key: key }]);
const NEW = 'software.amazon.payloadoffloading.PayloadS3Pointer';
const OLD = 'com.amazon.sqs.javamessaging.MessageS3Pointer';

test('bodies of the extended client are fetched from S3, later by a replay where they were not at first', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  await using s3 = await S3Server.start();
  const env = {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: database.url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
  };
  const fetching = { ...env, S3_POINTERS: 'true', AWS_ENDPOINT_URL_S3: s3.endpoint };
  const ids = async () => {
    const { rows } = await database.pool.query<{ id: string }>(
      'select event_id as id from message order by 1',
    );
    return rows.map(({ id }) => id);
  };
  const open = async () =>
    (await database.pool.query("select reason, detail from rejection where state = 'open'")).rows;

  s3.objects.set('big/one', JSON.stringify(plainEvent('one')));
  await queue.send([pointer(NEW, 'one')]);
  await using without = new Program('processor/main.ts', ['--until-empty'], env);
  expect((await without.exited).code).toBe(0);
  expect(await open()).toMatchObject([{ reason: 'payload_elsewhere' }]);
  await using replay = new Program('admin/main.ts', ['rejections', 'replay', '--all'], fetching);
  expect((await replay.exited).code).toBe(0);
  expect(await ids()).toEqual(['one']);

  await using processor = new Program('processor/main.ts', [], fetching);
  await processor.logged('ready');
  s3.objects.set('big/two', JSON.stringify([plainEvent('two'), plainEvent('three')]));
  s3.before = () => new Promise((resolve) => setTimeout(resolve, 50));
  await queue.send([pointer(OLD, 'two'), pointer(NEW, 'none'), JSON.stringify(plainEvent('four'))]);
  await until(async () => (await queue.counts()).total === 0, { what: 'the queue to be empty' });
  expect(await ids()).toEqual(['four', 'one', 'three', 'two']);
  expect(await open()).toMatchObject([
    { reason: 'payload_elsewhere', detail: expect.stringContaining('cannot be fetched: NoSuchKey') },
  ]);
  processor.signal('SIGTERM');
  expect((await processor.exited).code).toBe(0);
});
