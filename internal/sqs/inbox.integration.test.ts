import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { inject, expect, test } from 'vitest';
import { createQueue, sqsEnvironment, type TestQueue } from '../testkit/queue.ts';
import { until } from '../testkit/until.ts';
import { openSqs } from './client.ts';
import { SqsInbox } from './inbox.ts';
import { openQueue } from './open-queue.ts';
import { createQueue as makeQueue, describeQueue, findQueue, isQueueMissing } from './queue.ts';

const never = new AbortController().signal;

function inboxOf(queue: TestQueue, visibilityTimeoutSeconds = 30): SqsInbox {
  return new SqsInbox({
    receiveClient: queue.client,
    client: queue.client,
    queueUrl: queue.url,
    queue: queue.name,
    visibilityTimeoutSeconds,
  });
}

test('receives, deletes, and answers nothing more', async () => {
  await using queue = await createQueue();
  const inbox = inboxOf(queue);
  await queue.send(['a', 'b']);
  const messages = await inbox.receive(10, 1, never);
  expect(messages.map(({ body }) => body).sort()).toEqual(['a', 'b']);
  expect(messages[0]).toMatchObject({ receiveCount: 1 });
  expect(Number(messages[0]?.attributes['SentTimestamp'])).toBeGreaterThan(0);
  expect(await inbox.acknowledge(messages, never)).toEqual([]);
  expect(await inbox.remaining(never)).toBe(0);
});

test('a message that is given back comes again at once, counted as its second receive', async () => {
  await using queue = await createQueue();
  const inbox = inboxOf(queue);
  await queue.send(['a']);
  const first = await inbox.receive(10, 1, never);
  expect(await inbox.receive(10, 0, never)).toEqual([]);
  expect(await inbox.changeVisibility(first, 0, never)).toEqual([]);
  expect(await inbox.receive(10, 1, never)).toMatchObject([{ body: 'a', receiveCount: 2 }]);
});

test('an extended message stays hidden past its first timeout', async () => {
  await using queue = await createQueue();
  const inbox = inboxOf(queue, 1);
  await queue.send(['a']);
  const messages = await inbox.receive(10, 1, never);
  await inbox.changeVisibility(messages, 30, never);
  expect(await inbox.receive(10, 2, never)).toEqual([]);
});

test('names the entries that failed, and none of the others', async () => {
  await using queue = await createQueue();
  const inbox = inboxOf(queue);
  await queue.send(['a']);
  const [message] = await inbox.receive(10, 1, never);
  if (message === undefined) throw new Error('nothing received');
  const failures = await inbox.acknowledge(
    [{ messageId: 'made-up', receiptHandle: 'made-up' }, message],
    never,
  );
  expect(failures.map(({ messageId }) => messageId)).not.toContain(message.messageId);
  expect(failures.every(({ messageId, retryable }) => messageId === 'made-up' && !retryable)).toBe(true);
  expect(await inbox.remaining(never)).toBe(0);
});

test('a long poll ends when its signal aborts', async () => {
  await using queue = await createQueue();
  const abort = new AbortController();
  const poll = inboxOf(queue).receive(10, 20, abort.signal);
  abort.abort();
  await expect(poll).rejects.toThrow(/abort/i);
});

test('a queue is made once, with its dead-letter queue, and keeps its settings', async () => {
  const client = openSqs({ region: 'us-east-1', endpoint: inject('sqsEndpoint'), maxSockets: 2 });
  const name = `made-${crypto.randomUUID()}`;
  const settings = { name, deadLetterName: `${name}-dead`, maxReceiveCount: 4, visibilityTimeoutSeconds: 45 };
  const made = await makeQueue(client, settings);
  expect(await makeQueue(client, { ...settings, visibilityTimeoutSeconds: 99 })).toEqual(made);
  expect(await describeQueue(client, made.url)).toMatchObject({
    visibilityTimeoutSeconds: 45,
    redrive: { deadLetterName: `${name}-dead`, maxReceiveCount: 4 },
  });
  client.destroy();
});

test('a message that is received too often goes to the dead-letter queue', async () => {
  await using queue = await createQueue({ maxReceiveCount: 2 });
  const inbox = inboxOf(queue, 1);
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

test('a missing queue and an unreachable server are told in a sentence', async () => {
  Object.assign(process.env, sqsEnvironment());
  const wanted = (endpoint: string) => ({
    reference: { name: 'no-such-queue' },
    endpoint,
    create: false,
    settings: {
      name: 'no-such-queue',
      deadLetterName: 'x',
      maxReceiveCount: 3,
      visibilityTimeoutSeconds: 30,
    },
  });
  const there = openSqs({ region: 'us-east-1', endpoint: inject('sqsEndpoint'), maxSockets: 2 });
  await expect(openQueue(there, wanted(inject('sqsEndpoint')))).rejects.toThrow(
    'the queue no-such-queue does not exist',
  );
  const nowhere = openSqs({ region: 'us-east-1', endpoint: 'http://127.0.0.1:1', maxSockets: 2 });
  await expect(openQueue(nowhere, wanted('http://127.0.0.1:1'))).rejects.toThrow(
    'cannot be reached (ECONNREFUSED)',
  );
});

test('message attributes come along, binary ones as base64', async () => {
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
  const [message] = await inboxOf(queue).receive(10, 1, never);
  expect(message?.attributes).toMatchObject({ colour: 'blue', bytes: 'AP8=' });
});

test('the same message twice in a batch is deleted once', async () => {
  await using queue = await createQueue();
  const inbox = inboxOf(queue);
  await queue.send(['a']);
  const messages = await inbox.receive(10, 1, never);
  await inbox.acknowledge([...messages, ...messages], never);
  expect(await inbox.remaining(never)).toBe(0);
});

test('counts what is hidden among what remains', async () => {
  await using queue = await createQueue();
  const inbox = inboxOf(queue);
  await queue.send(['a', 'b', 'c']);
  await inbox.receive(1, 1, never);
  expect(await inbox.remaining(never)).toBe(3);
});

test('a receive from a queue that is gone says so', async () => {
  await using queue = await createQueue();
  const parts = { receiveClient: queue.client, client: queue.client, visibilityTimeoutSeconds: 30 };
  const inbox = new SqsInbox({ ...parts, queue: 'gone', queueUrl: `${queue.url}-gone` });
  const error = await inbox.receive(10, 1, never).catch((cause: unknown) => cause);
  expect(isQueueMissing(error)).toBe(true);
});
