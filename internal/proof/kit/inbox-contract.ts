import { describe, expect, test } from 'vitest';
import type { Receipt, ReceivedMessage } from '../../processor/ports.ts';
import { bodiesOf, type InboxSetUp, never, receiveMany } from './inbox-rig.ts';
import { until } from './until.ts';

/** Clocks of two machines. */
const CLOCKS_APART_MS = 5_000;

/** More than two calls' worth, so that there is a call in the middle. */
const MANY = 23;
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `body ${i}`);
const countsOf = (messages: readonly ReceivedMessage[]) => messages.map(({ receiveCount }) => receiveCount);
const idsOf = (receipts: readonly Receipt[]) => receipts.map(({ sqsMessageId }) => sqsMessageId).sort();

/** What every Inbox of the processor keeps to. */
export function inboxContract(name: string, setUp: InboxSetUp): void {
  describe(`the inbox ${name}`, () => {
    receiving(setUp);
    deleting(setUp);
    visibility(setUp);
    aborting(setUp);
  });
}

function receiving(setUp: InboxSetUp): void {
  test('brings what was sent, when it was sent, at its first receive, and in no group', async () => {
    await using rig = await setUp();
    const earliestMs = rig.nowMs() - CLOCKS_APART_MS;
    await rig.send(['a']);
    const [message] = await receiveMany(rig, 1);
    expect(message).toMatchObject({ body: 'a', receiveCount: 1, group: undefined });
    expect(message?.sqsMessageId).not.toBe('');
    expect(message?.receiptHandle).not.toBe('');
    expect(message?.sentAtMs).toBeGreaterThanOrEqual(earliestMs);
    expect(message?.sentAtMs).toBeLessThanOrEqual(rig.nowMs() + CLOCKS_APART_MS);
  });

  test('brings at most as many messages as are asked for, and each of them once', async () => {
    await using rig = await setUp();
    const bodies = numbered(MANY);
    await rig.send(bodies);
    const taken: ReceivedMessage[] = [];
    await until(
      async () => {
        const messages = await rig.inbox.receive(3, 1, never);
        expect(messages.length).toBeLessThanOrEqual(3);
        taken.push(...messages);
        return taken.length >= MANY;
      },
      { what: 'all messages', timeoutMs: 20_000 },
    );
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
    expect(bodiesOf(taken).sort()).toEqual(bodies.sort());
    expect(new Set(countsOf(taken))).toEqual(new Set([1]));
    expect(new Set(taken.map(({ receiptHandle }) => receiptHandle)).size).toBe(MANY);
  });

  test('brings nothing from an empty queue, at once or after the wait', async () => {
    await using rig = await setUp();
    const beginMs = rig.nowMs();
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
    expect(await rig.inbox.receive(10, 1, never)).toEqual([]);
    expect(rig.nowMs() - beginMs).toBeGreaterThan(900);
  });

  test('waits for a message that is sent during a poll', async () => {
    await using rig = await setUp();
    const poll = rig.inbox.receive(10, 20, never);
    await rig.send(['a']);
    expect(bodiesOf(await poll)).toEqual(['a']);
  });

  test('brings again what it hid for the visibility timeout, unless it was told to hide it longer', async () => {
    await using rig = await setUp({ visibilityTimeoutSeconds: 1 });
    await rig.send(['a', 'b']);
    const [longer, other] = await receiveMany(rig, 2);
    expect(await rig.inbox.changeVisibility([longer as Receipt], 30, never)).toEqual([]);
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
    const [again] = await receiveMany(rig, 1);
    const { sqsMessageId, body, sentAtMs } = other as ReceivedMessage;
    expect(again).toMatchObject({ sqsMessageId, body, sentAtMs, receiveCount: 2 });
    expect(again?.receiptHandle).not.toBe(other?.receiptHandle);
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
    expect(await rig.inbox.acknowledge([longer as Receipt], never)).toEqual([]);
    expect(await rig.inbox.remaining(never)).toBe(1);
  });

  test('counts what is visible and what is hidden among what remains', async () => {
    await using rig = await setUp();
    expect(await rig.inbox.remaining(never)).toBe(0);
    await rig.send(['a', 'b', 'c']);
    await receiveMany(rig, 1);
    expect(await rig.inbox.remaining(never)).toBe(3);
  });
}

function deleting(setUp: InboxSetUp): void {
  test('deletes more messages than one call of the queue takes', async () => {
    await using rig = await setUp();
    await rig.send(numbered(MANY));
    const messages = await receiveMany(rig, MANY);
    expect(messages.length).toBeGreaterThan(2 * rig.inbox.messagesPerCall);
    const kept = messages.splice(MANY - 1);
    expect(await rig.inbox.acknowledge(messages, never)).toEqual([]);
    expect(await rig.inbox.remaining(never)).toBe(kept.length);
    expect(await rig.inbox.acknowledge(kept, never)).toEqual([]);
    expect(await rig.inbox.remaining(never)).toBe(0);
  });

  test('deletes the others beside one that cannot be deleted, and blames none of them', async () => {
    await using rig = await setUp();
    await rig.send(numbered(MANY));
    const messages: Receipt[] = await receiveMany(rig, MANY);
    messages.splice(15, 0, { sqsMessageId: 'made-up', receiptHandle: 'made-up' });
    for (const failure of await rig.inbox.acknowledge(messages, never))
      expect(failure).toMatchObject({ sqsMessageId: 'made-up', retryable: false });
    expect(await rig.inbox.remaining(never)).toBe(0);
  });

  test('deletes a message that is in a batch twice', async () => {
    await using rig = await setUp();
    await rig.send(['a', 'b']);
    const [first, second] = await receiveMany(rig, 2);
    const twice = [first, first] as Receipt[];
    for (const { retryable } of await rig.inbox.acknowledge(twice, never)) expect(retryable).toBe(false);
    expect(await rig.inbox.remaining(never)).toBe(1);
    expect(await rig.inbox.acknowledge([second as Receipt], never)).toEqual([]);
  });

  test('deletes nothing with the handle of an earlier receive, where the queue does not leave that open', async () => {
    await using rig = await setUp();
    await rig.send(['a']);
    const stale = await receiveMany(rig, 1);
    await rig.inbox.changeVisibility(stale, 0, never);
    const fresh = await receiveMany(rig, 1);
    for (const { retryable } of await rig.inbox.acknowledge(stale, never)) expect(retryable).toBe(false);
    expect(rig.staleHandlesMayDelete === true ? [0, 1] : [1]).toContain(await rig.inbox.remaining(never));
    for (const { retryable } of await rig.inbox.acknowledge(fresh, never)) expect(retryable).toBe(false);
    expect(await rig.inbox.remaining(never)).toBe(0);
  });
}

function visibility(setUp: InboxSetUp): void {
  test('gives more messages back than one call of the queue takes, and they come again at once', async () => {
    await using rig = await setUp();
    await rig.send(numbered(MANY));
    const first = await receiveMany(rig, MANY);
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
    expect(await rig.inbox.changeVisibility(first, 0, never)).toEqual([]);
    const second = await receiveMany(rig, MANY);
    expect(idsOf(second)).toEqual(idsOf(first));
    expect(new Set(countsOf(second))).toEqual(new Set([2]));
  });

  test('hides a message as long as the queue allows when it is told longer', async () => {
    await using rig = await setUp();
    await rig.send(['a']);
    const messages = await receiveMany(rig, 1);
    expect(await rig.inbox.changeVisibility(messages, 1_000_000, never)).toEqual([]);
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
    expect(await rig.inbox.acknowledge(messages, never)).toEqual([]);
    expect(await rig.inbox.remaining(never)).toBe(0);
  });

  test('changes the others beside one that is deleted already, and blames none of them', async () => {
    await using rig = await setUp();
    await rig.send(['a', 'b']);
    const [gone, here] = await receiveMany(rig, 2);
    await rig.inbox.acknowledge([gone as Receipt], never);
    for (const failure of await rig.inbox.changeVisibility([gone, here] as Receipt[], 0, never))
      expect(failure).toMatchObject({ sqsMessageId: gone?.sqsMessageId, retryable: false });
    expect(await receiveMany(rig, 1)).toMatchObject([{ body: here?.body, receiveCount: 2 }]);
  });
}

function aborting(setUp: InboxSetUp): void {
  test('ends a long poll when its signal aborts', async () => {
    await using rig = await setUp();
    const abort = new AbortController();
    const poll = rig.inbox.receive(10, 20, abort.signal);
    abort.abort();
    await expect(poll).rejects.toThrow(/abort/i);
  });

  test('does nothing once the signal has aborted', async () => {
    await using rig = await setUp();
    await rig.send(['a', 'b']);
    const messages = await receiveMany(rig, 1);
    const aborted = AbortSignal.abort();
    await expect(rig.inbox.receive(10, 0, aborted)).rejects.toThrow(/abort/i);
    await expect(rig.inbox.acknowledge(messages, aborted)).rejects.toThrow(/abort/i);
    await expect(rig.inbox.changeVisibility(messages, 0, aborted)).rejects.toThrow(/abort/i);
    await expect(rig.inbox.remaining(aborted)).rejects.toThrow(/abort/i);
    expect(await rig.inbox.remaining(never)).toBe(2);
    expect(countsOf(await receiveMany(rig, 1))).toEqual([1]);
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
  });
}
