import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeMessageVisibilityBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createQueue } from '#internal/proof/kit/queue.ts';
import { expect, test } from 'vitest';
import { startPostgres } from './postgres.ts';
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

test('characters beyond the BMP are taken as they are, as SQS takes them', async () => {
  await using sqs = await startSqs();
  await using queue = await createQueue({ endpoint: sqs.endpoint });
  await queue.send(['grin 😀 \u{10FFFF}']);
  const { Messages } = await queue.client.send(new ReceiveMessageCommand({ QueueUrl: queue.url }));
  expect(Messages).toMatchObject([{ Body: 'grin 😀 \u{10FFFF}' }]);
  await expect(queue.send(['\u0001'])).rejects.toThrow('InvalidMessageContents');
});

const OTHER_ADDRESS = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

test.skipIf(OTHER_ADDRESS === undefined)('nothing listens for other machines', async () => {
  await using sqs = await startSqs();
  await using postgres = await startPostgres({ inMemory: true });
  for (const port of [sqs.port, postgres.port]) {
    expect(await connects('127.0.0.1', port)).toBe(true);
    expect(await connects(OTHER_ADDRESS ?? '', port)).toBe(false);
  }
});

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}
