import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { inboxContract } from '../proof/kit/inbox-contract.ts';
import { createQueue, openInbox, openRig } from '../proof/kit/queue.ts';
import { startSilentServer } from '../proof/kit/silent-server.ts';
import { until } from '../proof/kit/until.ts';
import { describeQueue, findQueue, isQueueMissing } from './queue.ts';

const never = new AbortController().signal;

inboxContract('on SQS', (options) => openRig(createQueue(), options));

describe('the inbox', () => {
  test('a message that is received too often goes to the dead-letter queue', async () => {
    await using queue = await createQueue({ maxReceiveCount: 2 });
    using inbox = await openInbox(queue, { visibilityTimeoutSeconds: 1 });
    await queue.send(['poison']);
    await until(
      async () => (await inbox.receive(10, 1, never)).length === 0 && (await queue.counts()).total === 0,
      {
        what: 'the queue to be empty',
        timeoutMs: 20_000,
      },
    );
    const dead = await findQueue(queue.client, { name: `${queue.name}-dead-letter` });
    expect((await describeQueue(queue.client, dead?.url ?? '')).visible).toBe(1);
  });

  test('message attributes are received, binary ones as base64', async () => {
    await using queue = await createQueue();
    await queue.client.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: 'a',
        MessageAttributes: {
          colour: { DataType: 'String', StringValue: 'blue' },
          bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
        },
      }),
    );
    using inbox = await openInbox(queue);
    const [message] = await inbox.receive(10, 1, never);
    expect(message?.attributes).toEqual({ colour: 'blue', bytes: 'AP8=' });
  });

  test('a receive from a deleted queue says that the queue does not exist', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox({ ...queue, name: 'gone', url: `${queue.url}-gone` });
    const error = await inbox.receive(10, 1, never).catch((cause: unknown) => cause);
    expect(isQueueMissing(error)).toBe(true);
  });

  test('a receive from a server that never answers times out', async () => {
    await using silent = await startSilentServer();
    await using queue = await createQueue();
    const mute = { ...queue, endpoint: silent.endpoint };
    using inbox = await openInbox(mute, { receiveSilenceMs: 100 });
    await expect(inbox.receive(10, 0, never)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('large bodies in many scripts arrive unchanged', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox(queue);
    const body = 'Grüße, 世界, здравствуй — "quoted" \\ and \n'.repeat(2_000);
    await queue.send([body]);
    expect((await inbox.receive(10, 1, never)).map((message) => message.body)).toEqual([body]);
  });
});
