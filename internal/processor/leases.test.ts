import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { received, recordingLog } from '../proof/kit/work.ts';
import type { HeldMessage } from './held.ts';
import { Holdings } from './holdings.ts';
import { Leases } from './leases.ts';
import type { Receipt, ReceiptFailure } from './ports.ts';
import { Room } from './room.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Change = (
  receipts: readonly Receipt[],
  seconds: number,
  signal: AbortSignal,
) => Promise<ReceiptFailure[]>;

/** Leases of 8 seconds, looked at every second, for at most 30 seconds in all. */
function setUp(change: Change = async () => []) {
  const calls: { readonly atMs: number; readonly ids: string[]; readonly seconds: number }[] = [];
  const holdings = new Holdings(new Room(100, 1_000_000), 8);
  const log = recordingLog();
  const startMs = performance.now();
  const changeVisibility: Change = (receipts, seconds, signal) => {
    const ids = receipts.map(({ sqsMessageId }) => sqsMessageId);
    calls.push({ atMs: performance.now() - startMs, ids, seconds });
    return change(receipts, seconds, signal);
  };
  const leases = new Leases({
    inbox: { changeVisibility },
    holdings,
    visibilityTimeoutSeconds: 8,
    maxLeaseSeconds: 30,
    log,
  });
  const hold = (id: string) => holdings.admit(received(id)) as HeldMessage;
  return { leases, holdings, hold, calls, log };
}

const after = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000);
const failure = (retryable: boolean) => async (receipts: readonly Receipt[]) =>
  receipts.map(({ sqsMessageId }) => ({ sqsMessageId, retryable, error: 'words of SQS' }));

describe('a lease', () => {
  test('is extended by the visibility timeout once half of it is spent, and no earlier', async () => {
    const { hold, calls } = setUp();
    const held = hold('a');
    await after(4);
    expect(calls).toEqual([]);
    await after(1);
    expect(calls).toEqual([{ atMs: 5_000, ids: ['a'], seconds: 8 }]);
    expect(held.leaseUntilMs).toBe(performance.now() + 8_000);
    await after(4);
    expect(calls).toHaveLength(1);
    await after(1);
    expect(calls).toHaveLength(2);
  });

  test('is extended together with all others that are due, and with no others', async () => {
    const { hold, calls } = setUp();
    hold('a');
    hold('b');
    await after(2);
    hold('c');
    await after(3);
    expect(calls).toMatchObject([{ ids: ['a', 'b'] }]);
  });

  test('is extended no more once its message has been held for the longest time', async () => {
    const { hold, calls } = setUp();
    hold('a');
    await after(100);
    expect(calls.map(({ atMs }) => atMs)).toEqual([5_000, 10_000, 15_000, 20_000, 25_000]);
  });

  test('is not extended once all events of its message are committed', async () => {
    const { hold, calls } = setUp();
    const held = hold('a');
    held.decided(1);
    held.settle();
    await after(20);
    expect(calls).toEqual([]);
  });

  test('that SQS does not know any more is lost', async () => {
    const { hold } = setUp(failure(false));
    const held = hold('a');
    await after(5);
    expect(held.leaseUntilMs).toBe(Number.NEGATIVE_INFINITY);
  });

  test('that could not be extended stays as it is, and is tried again', async () => {
    const { hold, calls } = setUp(failure(true));
    const held = hold('a');
    const { leaseUntilMs } = held;
    await after(6);
    expect(held.leaseUntilMs).toBe(leaseUntilMs);
    expect(calls).toHaveLength(2);
  });

  test('is tried again when SQS does not answer, which is said', async () => {
    const { hold, calls, log } = setUp(async () => {
      throw new Error('SQS is away');
    });
    hold('a');
    await after(6);
    expect(calls).toHaveLength(2);
    expect(log.lines).toEqual(Array(2).fill('warn: leases could not be extended; trying again'));
  });

  test.each([
    ['an extension', async () => []],
    ['a refusal', failure(false)],
  ])('of a message received again meanwhile is left alone by %s of the older handle', async (_, change) => {
    const { hold, holdings } = setUp(async (receipts) => {
      holdings.admit(received('a', { receiptHandle: 'newer' }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      return change(receipts);
    });
    const held = hold('a');
    await after(5.5);
    expect(held.leaseUntilMs).toBe(performance.now() + 7_500);
  });
});

describe('the stop', () => {
  test('ends all extensions', async () => {
    const { leases, hold, calls } = setUp();
    hold('a');
    await leases.stop();
    await after(20);
    expect(calls).toEqual([]);
  });

  test('aborts an extension under way and waits for its end, without a word', async () => {
    let ended = false;
    const { leases, hold, log } = setUp(
      (_receipts, _seconds, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            setTimeout(() => {
              ended = true;
              reject(new Error('aborted'));
            }, 100);
          });
        }),
    );
    hold('a');
    await after(5);
    let stopped = false;
    void leases.stop().then(() => (stopped = true));
    await after(0.05);
    expect([stopped, ended]).toEqual([false, false]);
    await after(0.05);
    expect([stopped, ended]).toEqual([true, true]);
    expect(log.lines).toEqual([]);
  });
});
