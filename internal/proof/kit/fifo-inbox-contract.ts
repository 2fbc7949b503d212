import { describe, expect, test } from 'vitest';
import type { ReceivedMessage } from '../../processor/ports.ts';
import { bodiesOf, type InboxRig, type InboxSetUp, never, receiveMany } from './inbox-rig.ts';
import { until } from './until.ts';

/** Receives and deletes until the queue is empty. */
async function takeAll({ inbox }: InboxRig): Promise<ReceivedMessage[]> {
  const taken: ReceivedMessage[] = [];
  await until(
    async () => {
      const messages = await inbox.receive(inbox.messagesPerCall, 1, never);
      taken.push(...messages);
      if (messages.length > 0) await inbox.acknowledge(messages, never);
      return (await inbox.remaining(never)) === 0;
    },
    { what: 'the queue to be empty', timeoutMs: 20_000 },
  );
  return taken;
}

/**
 * The contract of an Inbox on a FIFO queue. How many messages of one group a receive returns is up to the
 * queue: AWS returns as many as there are, the embedded server one.
 */
export function fifoInboxContract(name: string, setUp: InboxSetUp): void {
  const ofGroup = (messages: readonly ReceivedMessage[], group: string) =>
    bodiesOf(messages.filter((message) => message.group === group));

  describe(`the inbox ${name}, which is a FIFO queue`, () => {
    test('returns each message group in order, and names it', async () => {
      await using rig = await setUp();
      await rig.send(['a1', 'a2', 'a3'], 'a');
      await rig.send(['b1', 'b2'], 'b');
      await rig.send(['a4'], 'a');
      const messages = await takeAll(rig);
      expect(ofGroup(messages, 'a')).toEqual(['a1', 'a2', 'a3', 'a4']);
      expect(ofGroup(messages, 'b')).toEqual(['b1', 'b2']);
    });

    test('returns no more messages of a group while one is in flight, but those of other groups', async () => {
      await using rig = await setUp();
      const bodies = ['a1', 'a2', 'a3'];
      await rig.send(bodies, 'a');
      const first = await rig.inbox.receive(2, 1, never);
      expect(ofGroup(first, 'a')).toEqual(bodies.slice(0, Math.max(1, first.length)));
      expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
      await rig.send(['b1'], 'b');
      expect(bodiesOf(await receiveMany(rig, 1))).toEqual(['b1']);
      const last = first.splice(-1);
      if (first.length > 0) await rig.inbox.acknowledge(first, never);
      expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
      await rig.inbox.acknowledge(last, never);
      const rest = bodies.slice(first.length + last.length);
      expect(bodiesOf(await receiveMany(rig, 1))).toEqual(rest.slice(0, 1));
    });

    test('returns a message that was given back before the ones after it', async () => {
      await using rig = await setUp();
      const bodies = ['a1', 'a2', 'a3', 'a4'];
      await rig.send(bodies, 'a');
      const back = await rig.inbox.receive(3, 1, never);
      const kept = back.splice(0, back.length - 1);
      if (kept.length > 0) await rig.inbox.acknowledge(kept, never);
      expect(await rig.inbox.changeVisibility(back, 0, never)).toEqual([]);
      expect(bodiesOf([...kept, ...(await takeAll(rig))])).toEqual(bodies);
    });
  });
}
