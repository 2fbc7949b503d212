import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import type { ReceivedMessage } from '../processor/ports.ts';
import { createQueue, openInbox } from '../proof/kit/queue.ts';
import { until } from '../proof/kit/until.ts';
import type { SqsInbox } from './inbox.ts';

// What the order within a message group rests on. How many messages of a group one receive brings is the server's
// choice: AWS gives as many as there are, the embedded server one.

const never = new AbortController().signal;

/** Receives and deletes until the queue is empty. */
async function takeAll(inbox: SqsInbox): Promise<ReceivedMessage[]> {
  const taken: ReceivedMessage[] = [];
  await until(
    async () => {
      const messages = await inbox.receive(10, 1, never);
      taken.push(...messages);
      if (messages.length > 0) await inbox.acknowledge(messages, never);
      return messages.length === 0 && (await inbox.remaining(never)) === 0;
    },
    { what: 'the queue to be empty', timeoutMs: 20_000 },
  );
  return taken;
}

function bodiesOf(messages: readonly ReceivedMessage[], group = 'a'): string[] {
  return messages
    .filter(({ systemAttributes }) => systemAttributes['MessageGroupId'] === group)
    .map(({ body }) => body);
}

describe('a FIFO queue', () => {
  test('gives a message group in its order, and names it', async () => {
    await using queue = await createQueue({ fifo: true });
    using inbox = await openInbox(queue);
    await queue.sendToGroup('a', ['a1', 'a2', 'a3']);
    await queue.sendToGroup('b', ['b1', 'b2']);
    await queue.sendToGroup('a', ['a4']);
    const messages = await takeAll(inbox);
    expect(bodiesOf(messages, 'a')).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(bodiesOf(messages, 'b')).toEqual(['b1', 'b2']);
  });

  test('gives nothing more of a message group while some of it is in flight', async () => {
    await using queue = await createQueue({ fifo: true });
    using inbox = await openInbox(queue);
    const bodies = ['a1', 'a2', 'a3'];
    await queue.sendToGroup('a', bodies);
    const first = await inbox.receive(2, 1, never);
    expect(bodiesOf(first)).toEqual(bodies.slice(0, Math.max(1, first.length)));
    expect(await inbox.receive(10, 1, never)).toEqual([]);
    const last = first.splice(-1);
    if (first.length > 0) await inbox.acknowledge(first, never);
    expect(await inbox.receive(10, 1, never)).toEqual([]);
    await inbox.acknowledge(last, never);
    expect(bodiesOf([...first, ...last, ...(await takeAll(inbox))])).toEqual(bodies);
  });

  test('gives what was given back before what comes after it', async () => {
    await using queue = await createQueue({ fifo: true });
    using inbox = await openInbox(queue);
    const bodies = ['a1', 'a2', 'a3', 'a4'];
    await queue.sendToGroup('a', bodies);
    const back = await inbox.receive(3, 1, never);
    const kept = back.splice(0, back.length - 1);
    if (kept.length > 0) await inbox.acknowledge(kept, never);
    expect(await inbox.changeVisibility(back, 0, never)).toEqual([]);
    expect(bodiesOf([...kept, ...(await takeAll(inbox))])).toEqual(bodies);
  });

  test('keeps one of two messages with the same deduplication id', async () => {
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
    expect(bodiesOf(await takeAll(inbox))).toEqual(['a1', 'a2']);
  });
});
