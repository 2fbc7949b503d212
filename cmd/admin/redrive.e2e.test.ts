import { SendMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { arnOf, findQueue } from '#internal/sqs/queue.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies } from '#internal/proof/kit/events.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { describe, expect, test } from 'vitest';

async function redrive(queue: TestQueue, ...args: string[]) {
  const env = { ...sqsEnvironment(queue.endpoint), QUEUE_NAME: queue.name };
  await using program = new Program('admin/main.ts', ['queue', 'redrive', ...args], env);
  const { code } = await program.exited;
  expect(program.stderr).not.toMatch(/\n\s+at /);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

async function bury(queue: TestQueue, bodies: readonly string[]): Promise<void> {
  const deadLetterQueue = await findQueue(queue.client, { name: `${queue.name}-dead-letter` });
  for (const MessageBody of bodies)
    await queue.client.send(new SendMessageCommand({ QueueUrl: deadLetterQueue?.url, MessageBody }));
}

describe('queue redrive', () => {
  test('brings dead letters through the processor', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await bury(queue, plainBodies(13));
    const from = `${queue.name}-dead-letter`;
    const told = await redrive(queue, '--dry-run');
    expect(told).toMatchObject({
      code: 0,
      stdout: `13 messages of ${from} would be moved to ${queue.name}\n`,
    });
    expect(await queue.counts()).toMatchObject({ total: 0 });
    expect(await redrive(queue, '--limit', '3')).toMatchObject({
      code: 0,
      stdout: `3 messages moved from ${from} to ${queue.name}, by this program\n`,
    });
    const { code, stdout } = await redrive(queue, '--copy', '--json');
    expect({ code, end: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      end: { from, to: queue.name, by: 'copy', moved: 10, failed: 0, undeleted: 0, left: 0 },
    });
    const env = {
      ...sqsEnvironment(queue.endpoint),
      QUEUE_NAME: queue.name,
      DATABASE_URL: database.url,
      HEALTH_PORT: '0',
    };
    await using processor = new Program('processor/main.ts', ['--until-empty'], env);
    expect((await processor.exited).code).toBe(0);
    expect((await database.pool.query('select from message')).rowCount).toBe(13);
  });

  test('says that there is nothing, and what is wrong on the command line', async () => {
    await using queue = await createQueue();
    expect((await redrive(queue, '--copy')).stdout).toContain('0 messages moved');
    expect(await redrive(queue, '--limit', '0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected a whole number from 1 to 1000000'),
    });
    expect(await redrive(queue, '--rate', '501')).toMatchObject({ code: 2 });
    expect((await redrive(queue, '--help')).stdout).toContain('a message in both queues');
  });

  test('a dead-letter queue that is not found is told with its account, where it is of another', async () => {
    await using queue = await createQueue();
    const pointTo = async (account: string) => {
      const RedrivePolicy = JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:${account}:elsewhere`,
        maxReceiveCount: 5,
      });
      await queue.client.send(
        new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { RedrivePolicy } }),
      );
    };
    const names = `admin: the queue ${queue.name} names the dead-letter queue elsewhere`;
    await pointTo('999999999999');
    expect(await redrive(queue)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `${names} of the AWS account 999999999999, which does not exist there or may`,
      ),
    });
    await pointTo((await arnOf(queue.client, queue.url)).split(':')[4] ?? '');
    expect(await redrive(queue)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${names}, which does not exist or may not be used: create it`),
    });
  });

  test('a queue without dead-letter queue is told how to get one', async () => {
    await using queue = await createQueue();
    const name = `${queue.name}-dead-letter`;
    expect(await redrive({ ...queue, name })).toMatchObject({
      code: 1,
      stderr: `admin: the queue ${name} has no dead-letter queue: "queue create" adds one\n`,
    });
  });
});
