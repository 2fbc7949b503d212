import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { heldMessage, received, recordingLog } from '../proof/kit/work.ts';
import { Acknowledger } from './acknowledger.ts';
import type { HeldMessage } from './held.ts';
import type { Receipt, ReceiptFailure } from './ports.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Call = (receipts: readonly Receipt[], signal: AbortSignal) => Promise<ReceiptFailure[]>;

/** An acknowledger of three messages a call; `answer` is what SQS does, each receipt a success unless told. */
function setUp(answer: Call = async () => []) {
  const calls: (readonly Receipt[])[] = [];
  const done: HeldMessage[] = [];
  const stop = new AbortController();
  const log = recordingLog();
  const acknowledge: Call = (receipts, signal) => {
    calls.push(receipts);
    return answer(receipts, signal);
  };
  const acknowledger = new Acknowledger({
    inbox: { acknowledge, messagesPerCall: 3 },
    log,
    stop: stop.signal,
    done: (held) => done.push(held),
  });
  const add = (count: number) => {
    const messages = Array.from({ length: count }, (_, i) => heldMessage(`m-${i}`));
    for (const held of messages) acknowledger.add(held);
    return messages;
  };
  return { acknowledger, calls, done, stop, log, add };
}

const after = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const failureOf = ({ sqsMessageId }: Receipt, retryable: boolean): ReceiptFailure => ({
  sqsMessageId,
  retryable,
  error: 'words of SQS',
});
const DUPLICATES =
  'warn: a committed message could not be deleted; SQS will redeliver it, and its events will be duplicates';

describe('deletes', () => {
  test('go out as soon as a call is full, with its handle for each message', async () => {
    const { calls, done, add } = setUp();
    const messages = add(3);
    expect(calls).toEqual([
      messages.map(({ sqsMessageId, receiptHandle }) => ({ sqsMessageId, receiptHandle })),
    ]);
    await after(0);
    expect(done).toEqual(messages);
  });

  test('that do not fill a call wait 5 ms for others', async () => {
    const { calls, done, add } = setUp();
    add(4);
    await after(4);
    expect(calls.map(({ length }) => length)).toEqual([3]);
    await after(1);
    expect(calls.map(({ length }) => length)).toEqual([3, 1]);
    expect(done).toHaveLength(4);
  });

  test('are at most 16 calls at once, and go on as these end', async () => {
    const ends: (() => void)[] = [];
    const { calls, done, add } = setUp(() => new Promise((resolve) => ends.push(() => resolve([]))));
    add(60);
    await after(100);
    expect(calls).toHaveLength(16);
    ends[0]?.();
    await after(100);
    expect(calls).toHaveLength(17);
    for (let i = 1; i < 20; i += 1) {
      ends[i]?.();
      await after(0);
    }
    expect(done).toHaveLength(60);
  });

  test('are all sent by a flush, which waits until every call has ended', async () => {
    const ends: (() => void)[] = [];
    const rig = setUp(() => new Promise((resolve) => ends.push(() => resolve([]))));
    rig.add(5);
    let flushed = false;
    void rig.acknowledger.flush().then(() => (flushed = true));
    expect(rig.calls.map(({ length }) => length)).toEqual([3, 2]);
    ends[0]?.();
    await after(1_000);
    expect(flushed).toBe(false);
    ends[1]?.();
    await after(0);
    expect(flushed).toBe(true);
  });
});

describe('a delete that failed', () => {
  test('for some messages is tried again for these alone', async () => {
    let calls = 0;
    const rig = setUp(async ([first]) => (calls++ === 0 ? [failureOf(first as Receipt, true)] : []));
    const messages = rig.add(3);
    await after(0);
    expect(rig.done).toEqual(messages.slice(1));
    await after(50);
    expect(rig.calls[1]).toMatchObject([{ sqsMessageId: 'm-0' }]);
    expect(rig.done).toHaveLength(3);
    expect(rig.acknowledger.failures).toBe(0);
  });

  test('as a whole is tried again, with a back-off that doubles up to two seconds', async () => {
    const times: number[] = [];
    const rig = setUp(async () => {
      times.push(performance.now());
      throw new Error('SQS is away');
    });
    rig.add(3);
    await after(8_000);
    const pauses = times.slice(1).map((time, i) => time - (times[i] as number));
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
    expect(rig.done).toEqual([]);
  });

  test('for good is given up at once, counted and said', async () => {
    const rig = setUp(async ([first]) => [failureOf(first as Receipt, false)]);
    const messages = rig.add(3);
    await after(0);
    expect(rig.calls).toHaveLength(1);
    expect(new Set(rig.done)).toEqual(new Set(messages));
    expect(rig.acknowledger.failures).toBe(1);
    expect(rig.log.lines).toEqual([DUPLICATES]);
  });

  test('is given up for a message whose lease ran out, and tried on for the others', async () => {
    const rig = setUp(async (receipts) => receipts.map((receipt) => failureOf(receipt, true)));
    const [first, ...others] = rig.add(3);
    first?.loseLease();
    await after(50);
    expect(rig.done).toEqual([first]);
    expect(rig.acknowledger.failures).toBe(1);
    expect(rig.calls[1]).toHaveLength(others.length);
  });

  test('is given up at the stop, without waiting for the next try', async () => {
    const rig = setUp(async () => {
      throw new Error('SQS is away');
    });
    const messages = rig.add(3);
    await after(700);
    rig.stop.abort();
    await after(0);
    expect(rig.done).toEqual(messages);
    expect(rig.acknowledger.failures).toBe(3);
    const { length } = rig.calls;
    await after(10_000);
    expect(rig.calls).toHaveLength(length);
  });
});

test('a message that is received again while its delete is under way is deleted with the newer handle', async () => {
  let end = () => {};
  const rig = setUp(() => new Promise((resolve) => (end = () => resolve([]))));
  const [first] = rig.add(3);
  first?.receivedAgain(received('m-0', { receiptHandle: 'newer' }), performance.now() + 60_000);
  end();
  await after(50);
  expect(rig.done).not.toContain(first);
  expect(rig.calls[1]).toEqual([{ sqsMessageId: 'm-0', receiptHandle: 'newer' }]);
  end();
  await after(0);
  expect(rig.done).toContain(first);
});
