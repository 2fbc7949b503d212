import { randomBytes } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { createQueue, type TestQueue } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';
import { describeQueue, findQueue, type Queue } from './queue.ts';
import { type Redrive, redrive } from './redrive.ts';

interface Pair extends AsyncDisposable {
  readonly queue: TestQueue;
  readonly deadLetterQueue: Queue;
  held(queue: { url: string }): Promise<number>;
  redrive(options?: Partial<Redrive>): ReturnType<typeof redrive>;
}

async function openPair(maxReceiveCount = 10): Promise<Pair> {
  const queue = await createQueue({ visibilityTimeoutSeconds: 5, maxReceiveCount });
  const deadLetterQueue = (await findQueue(queue.client, { name: `${queue.name}-dead-letter` })) as Queue;
  return {
    queue,
    deadLetterQueue,
    held: async ({ url }) => {
      const { visible, inFlight } = await describeQueue(queue.client, url);
      return visible + inFlight;
    },
    redrive: (options = {}) =>
      redrive({
        client: queue.client,
        queue,
        deadLetterQueue,
        limit: undefined,
        messagesPerSecond: undefined,
        copy: true,
        signal: new AbortController().signal,
        progress: () => {},
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      await queue.client.send(new DeleteQueueCommand({ QueueUrl: deadLetterQueue.url }));
      await queue[Symbol.asyncDispose]();
    },
  };
}

async function bury({ queue, deadLetterQueue }: Pair, bodies: readonly string[]): Promise<void> {
  for (let i = 0; i < bodies.length; i += 10) {
    const Entries = bodies.slice(i, i + 10).map((MessageBody, k) => ({ Id: String(k), MessageBody }));
    await queue.client.send(new SendMessageBatchCommand({ QueueUrl: deadLetterQueue.url, Entries }));
  }
}

async function receiveAll({ queue }: Pair, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  await until(
    async () => {
      const { Messages = [] } = await queue.client.send(
        new ReceiveMessageCommand({
          QueueUrl: queue.url,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 60,
          WaitTimeSeconds: 0,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      messages.push(...Messages);
      return messages.length >= count;
    },
    { what: `${count} messages` },
  );
  return messages;
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `body ${i}`);

describe('receiving, sending and deleting', () => {
  test('moves every dead letter back once, with everything that it carried', async () => {
    await using pair = await openPair();
    await bury(pair, numbered(23));
    await pair.queue.client.send(
      new SendMessageCommand({
        QueueUrl: pair.deadLetterQueue.url,
        MessageBody: 'with attributes',
        MessageAttributes: {
          text: { DataType: 'String', StringValue: 'é' },
          bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255) },
        },
      }),
    );
    const progress: number[] = [];
    const end = await pair.redrive({ progress: (moved) => progress.push(moved) });
    expect(end).toEqual({ by: 'copy', moved: 24, failed: 0, undeleted: 0, left: 0, unfinished: undefined });
    expect(progress.at(-1)).toBe(24);
    expect(await pair.held(pair.deadLetterQueue)).toBe(0);
    const back = await receiveAll(pair, 24);
    expect(back.map(({ Body }) => Body).toSorted()).toEqual([...numbered(23), 'with attributes'].toSorted());
    const carried = back.find(({ Body }) => Body === 'with attributes');
    expect(carried).toMatchObject({
      MessageAttributes: {
        text: { DataType: 'String', StringValue: 'é' },
        bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255) },
      },
    });
  });

  test('leaves the rest visible in the dead-letter queue when there is a limit', async () => {
    await using pair = await openPair();
    await bury(pair, numbered(15));
    expect(await pair.redrive({ copy: false, limit: 12 })).toMatchObject({ by: 'copy', moved: 12, left: 0 });
    expect(await describeQueue(pair.queue.client, pair.deadLetterQueue.url)).toMatchObject({
      visible: 3,
      inFlight: 0,
    });
  });

  test('leaves and reports a dead letter that its queue refuses', async () => {
    await using pair = await openPair();
    const name = `narrow-${randomBytes(6).toString('hex')}`;
    const { QueueUrl = '' } = await pair.queue.client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: { MaximumMessageSize: '1024' } }),
    );
    await bury(pair, ['small', 'x'.repeat(2_000)]);
    const end = await pair.redrive({ queue: { url: QueueUrl, name } });
    expect(end).toMatchObject({ moved: 1, failed: 1, left: 0 });
    expect(await pair.held(pair.deadLetterQueue)).toBe(1);
    await pair.queue.client.send(new DeleteQueueCommand({ QueueUrl }));
  });

  test('does not move a message again that becomes a dead letter during the move', async () => {
    await using pair = await openPair();
    await bury(pair, numbered(5));
    // The queue is its own dead-letter queue: everything that is sent can be received at once.
    const end = await pair.redrive({ queue: pair.deadLetterQueue });
    expect(end).toMatchObject({ moved: 5, left: 5 });
    expect(await describeQueue(pair.queue.client, pair.deadLetterQueue.url)).toMatchObject({ visible: 5 });
  });

  test('ends after the current batch when interrupted, and loses nothing', async () => {
    await using pair = await openPair();
    await bury(pair, numbered(30));
    const interrupt = new AbortController();
    const end = await pair.redrive({ signal: interrupt.signal, progress: () => interrupt.abort() });
    expect(end).toMatchObject({ moved: 10, unfinished: 'it was interrupted' });
    expect(await pair.held(pair.queue)).toBe(10);
    expect(await pair.held(pair.deadLetterQueue)).toBe(20);
  });
});

test('moves back what SQS put into the dead-letter queue, by a task of the server if it has one', async () => {
  await using pair = await openPair(1);
  await pair.queue.send(numbered(12));
  const receiveAndLetGo = () =>
    pair.queue.client.send(
      new ReceiveMessageCommand({
        QueueUrl: pair.queue.url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        WaitTimeSeconds: 0,
      }),
    );
  await until(
    async () => {
      await receiveAndLetGo();
      return (await pair.held(pair.deadLetterQueue)) === 12;
    },
    { what: 'the dead letters' },
  );
  const end = await pair.redrive({ copy: false });
  expect(end).toMatchObject({ moved: 12, failed: 0, undeleted: 0, left: 0, unfinished: undefined });
  expect(await pair.held(pair.deadLetterQueue)).toBe(0);
  const back = await receiveAll(pair, 12);
  expect(back.map(({ Body }) => Body).toSorted()).toEqual(numbered(12).toSorted());
});
