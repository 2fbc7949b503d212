import { describe, expect, test } from 'vitest';
import type { Receipt, ReceivedMessage } from '../../processor/ports.ts';
import { bodiesOf, type InboxSetUp, never, receiveMany } from './inbox-rig.ts';
import { until } from './until.ts';

/** Allowed difference between the clocks of two machines. */
const CLOCKS_APART_MS = 5_000;

/** Needs more than two calls, so that there is a call in the middle. */
const MANY = 23;
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `body ${i}`);
const countsOf = (messages: readonly ReceivedMessage[]) => messages.map(({ receiveCount }) => receiveCount);
const idsOf = (receipts: readonly Receipt[]) => receipts.map(({ sqsMessageId }) => sqsMessageId).sort();

/** The contract of every Inbox. */
export function inboxContract(name: string, setUp: InboxSetUp): void {
  describe(`the inbox ${name}`, () => {
    receiving(setUp);
    deleting(setUp);
    visibility(setUp);
    aborting(setUp);
  });
}

function receiving(setUp: InboxSetUp): void {
  test('returns each message with its send time, receive count 1 and no group', async () => {
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

  test('returns at most as many messages as requested, each of them once', async () => {
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

  test('returns nothing from an empty queue, at once or after the wait', async () => {
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

  test('redelivers a message after the visibility timeout, unless it was extended', async () => {
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

  test('counts visible and hidden messages as remaining', async () => {
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

  test('deletes the other messages of a batch with one that cannot be deleted, without reporting them', async () => {
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

  test('deletes nothing with the handle of an earlier receive, unless the queue may', async () => {
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
  test('gives back more messages than one call of the queue takes, which are redelivered at once', async () => {
    await using rig = await setUp();
    await rig.send(numbered(MANY));
    const first = await receiveMany(rig, MANY);
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
    expect(await rig.inbox.changeVisibility(first, 0, never)).toEqual([]);
    const second = await receiveMany(rig, MANY);
    expect(idsOf(second)).toEqual(idsOf(first));
    expect(new Set(countsOf(second))).toEqual(new Set([2]));
  });

  test('hides a message for the maximum of the queue when asked for longer', async () => {
    await using rig = await setUp();
    await rig.send(['a']);
    const messages = await receiveMany(rig, 1);
    expect(await rig.inbox.changeVisibility(messages, 1_000_000, never)).toEqual([]);
    expect(await rig.inbox.receive(10, 0, never)).toEqual([]);
    expect(await rig.inbox.acknowledge(messages, never)).toEqual([]);
    expect(await rig.inbox.remaining(never)).toBe(0);
  });

  test('changes the other messages of a batch with one that is already deleted, without reporting them', async () => {
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
