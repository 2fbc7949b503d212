import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { createQueue, openInbox } from '../proof/kit/queue.ts';
import { startSilentServer } from '../proof/kit/silent-server.ts';
import { until } from '../proof/kit/until.ts';
import { describeQueue, findQueue, isQueueMissing } from './queue.ts';

const never = new AbortController().signal;

describe('the inbox', () => {
  test('receives, deletes, and answers nothing more', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox(queue);
    await queue.send(['a', 'b']);
    const messages = await inbox.receive(10, 1, never);
    expect(messages.map(({ body }) => body).sort()).toEqual(['a', 'b']);
    expect(messages[0]).toMatchObject({ receiveCount: 1 });
    expect(Number(messages[0]?.systemAttributes['SentTimestamp'])).toBeGreaterThan(0);
    expect(await inbox.acknowledge(messages, never)).toEqual([]);
    expect(await inbox.remaining(never)).toBe(0);
  });

  test('a message that is given back comes again at once, counted as its second receive', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox(queue);
    await queue.send(['a']);
    const first = await inbox.receive(10, 1, never);
    expect(await inbox.receive(10, 0, never)).toEqual([]);
    expect(await inbox.changeVisibility(first, 0, never)).toEqual([]);
    expect(await inbox.receive(10, 1, never)).toMatchObject([{ body: 'a', receiveCount: 2 }]);
  });

  test('an extended message stays hidden past its first timeout', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox(queue, { visibilityTimeoutSeconds: 1 });
    await queue.send(['a']);
    const messages = await inbox.receive(10, 1, never);
    await inbox.changeVisibility(messages, 30, never);
    expect(await inbox.receive(10, 2, never)).toEqual([]);
  });

  test('names the entries that failed, and none of the others', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox(queue);
    await queue.send(['a']);
    const [message] = await inbox.receive(10, 1, never);
    if (message === undefined) throw new Error('nothing received');
    const failures = await inbox.acknowledge(
      [{ sqsMessageId: 'made-up', receiptHandle: 'made-up' }, message],
      never,
    );
    expect(failures.map(({ sqsMessageId }) => sqsMessageId)).not.toContain(message.sqsMessageId);
    expect(failures.every(({ sqsMessageId, retryable }) => sqsMessageId === 'made-up' && !retryable)).toBe(
      true,
    );
    expect(await inbox.remaining(never)).toBe(0);
  });

  test('a long poll ends when its signal aborts', async () => {
    await using queue = await createQueue();
    const abort = new AbortController();
    using inbox = await openInbox(queue);
    const poll = inbox.receive(10, 20, abort.signal);
    abort.abort();
    await expect(poll).rejects.toThrow(/abort/i);
  });

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
    using inbox = await openInbox(queue);
    const [message] = await inbox.receive(10, 1, never);
    expect(message?.attributes).toEqual({ colour: 'blue', bytes: 'AP8=' });
  });

  test('the same message twice in a batch is deleted once', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox(queue);
    await queue.send(['a']);
    const messages = await inbox.receive(10, 1, never);
    await inbox.acknowledge([...messages, ...messages], never);
    expect(await inbox.remaining(never)).toBe(0);
  });

  test('counts what is hidden among what remains', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox(queue);
    await queue.send(['a', 'b', 'c']);
    await inbox.receive(1, 1, never);
    expect(await inbox.remaining(never)).toBe(3);
  });

  test('a receive from a queue that is gone says so', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox({ ...queue, name: 'gone', url: `${queue.url}-gone` });
    const error = await inbox.receive(10, 1, never).catch((cause: unknown) => cause);
    expect(isQueueMissing(error)).toBe(true);
  });

  test('a server that never answers does not hold a receive for ever', async () => {
    await using silent = await startSilentServer();
    await using queue = await createQueue();
    const mute = { ...queue, endpoint: silent.endpoint };
    using inbox = await openInbox(mute, { receiveSilenceMs: 100 });
    await expect(inbox.receive(10, 0, never)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('bodies of many bytes in many scripts come through unchanged', async () => {
    await using queue = await createQueue();
    using inbox = await openInbox(queue);
    const body = 'Grüße, 世界, здравствуй — "quoted" \\ and \n'.repeat(2_000);
    await queue.send([body]);
    expect((await inbox.receive(10, 1, never)).map((message) => message.body)).toEqual([body]);
  });
});
