import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeMessageVisibilityBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createQueue } from '#internal/testkit/queue.ts';
import { expect, test } from 'vitest';
import { startSqs } from './sqs.ts';

test('a message that is given back to an SQS that keeps its data is there again, also after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'event-processor-sqs-'));
  await using sqs = await startSqs({ folder });
  await using queue = await createQueue({ endpoint: sqs.endpoint });
  await queue.send(['given back']);
  const receive = () =>
    queue.client.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        WaitTimeSeconds: 0,
        VisibilityTimeout: 600,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
  const giveBack = async () => {
    const message = (await receive()).Messages?.[0];
    const Entries = [{ Id: '0', ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }];
    const { Successful } = await queue.client.send(
      new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries }),
    );
    expect(Successful).toHaveLength(1);
    return message;
  };
  expect(await giveBack()).toMatchObject({
    Body: 'given back',
    Attributes: { ApproximateReceiveCount: '1' },
  });
  expect(await giveBack()).toMatchObject({
    Body: 'given back',
    Attributes: { ApproximateReceiveCount: '2' },
  });
  await sqs.stop();
  await sqs.start();
  expect((await receive()).Messages).toMatchObject([
    { Body: 'given back', Attributes: { ApproximateReceiveCount: '3' } },
  ]);
  await rm(folder, { recursive: true, force: true });
});
