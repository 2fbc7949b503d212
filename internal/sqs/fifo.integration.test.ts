import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { fifoInboxContract } from '../proof/kit/fifo-inbox-contract.ts';
import { createQueue, openInbox, openRig } from '../proof/kit/queue.ts';
import { until } from '../proof/kit/until.ts';

// The order within a message group relies on this.

fifoInboxContract('on SQS', (options) => openRig(createQueue({ fifo: true }), options));

test('a FIFO queue keeps one of two messages with the same deduplication id', async () => {
  await using queue = await createQueue({ fifo: true });
  using inbox = await openInbox(queue);
  for (const [MessageBody, MessageDeduplicationId] of [
    ['a1', 'one'],
    ['a1 again', 'one'],
    ['a2', 'two'],
  ]) {
    const send = { QueueUrl: queue.url, MessageGroupId: 'a', MessageBody, MessageDeduplicationId };
    await queue.client.send(new SendMessageCommand(send));
  }
  const never = new AbortController().signal;
  const bodies: string[] = [];
  await until(
    async () => {
      const messages = await inbox.receive(10, 1, never);
      bodies.push(...messages.map(({ body }) => body));
      if (messages.length > 0) await inbox.acknowledge(messages, never);
      return (await inbox.remaining(never)) === 0;
    },
    { what: 'the queue to be empty', timeoutMs: 20_000 },
  );
  expect(bodies).toEqual(['a1', 'a2']);
});
