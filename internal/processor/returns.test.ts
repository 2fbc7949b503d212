import { describe, expect, test } from 'vitest';
import { heldMessage, idsOf, received, recordingLog, storableWork } from '../proof/kit/work.ts';
import type { Work } from './batcher.ts';
import type { HeldMessage } from './held.ts';
import { Holdings } from './holdings.ts';
import type { Receipt, ReceiptFailure } from './ports.ts';
import { Returns } from './returns.ts';
import { Room } from './room.ts';

type Change = (receipts: readonly Receipt[]) => Promise<ReceiptFailure[]>;

/** Returns on a queue whose visibility timeout is a minute. */
function setUp(change: Change = async () => []) {
  const drain = new AbortController();
  const holdings = new Holdings(new Room(100, 1_000_000), 60);
  const changes: { readonly ids: string[]; readonly seconds: number }[] = [];
  const released: Work[] = [];
  const followers = { works: [] as Work[], undecided: [] as HeldMessage[] };
  const askedFor: string[] = [];
  const log = recordingLog();
  const returns = new Returns({
    inbox: {
      changeVisibility: (receipts, seconds) => {
        changes.push({ ids: receipts.map(({ sqsMessageId }) => sqsMessageId), seconds });
        return change(receipts);
      },
    },
    log,
    holdings,
    visibilityTimeoutSeconds: 60,
    drain: drain.signal,
    takeFollowers: (group) => {
      askedFor.push(group);
      return followers;
    },
    settle: (work, { kind }) => {
      if (kind === 'released') released.push(work);
    },
  });
  const hold = (id: string, more: Parameters<typeof received>[1] = {}) =>
    holdings.admit(received(id, more)) as HeldMessage;
  return { returns, drain, holdings, hold, changes, released, followers, askedFor, log };
}

const idsIn = (holdings: Holdings) => [...holdings].map(({ sqsMessageId }) => sqsMessageId);

describe('a message that is given back', () => {
  test('is never to be deleted', () => {
    const { returns, hold, askedFor } = setUp();
    const held = hold('a');
    held.decided(1);
    returns.giveBack(held);
    expect([held.state, askedFor]).toEqual(['returning', []]);
  });

  test('takes along all that follows in its message group, decided or not', () => {
    const { returns, holdings, hold, released, followers, askedFor } = setUp();
    followers.works = [storableWork('b', { group: 'g' }), storableWork('c', { group: 'g' })];
    followers.undecided = [hold('d', { group: 'g' })];
    returns.giveBack(hold('a', { group: 'g' }));
    expect(askedFor).toEqual(['g']);
    expect(idsOf(released)).toEqual(['b', 'c']);
    expect(idsIn(holdings)).toEqual(['a']);
  });
});

describe('a message that is let go of', () => {
  test('before the drain stays hidden until its visibility timeout', async () => {
    const { returns, holdings, hold, changes } = setUp();
    returns.leave(hold('a'));
    expect(holdings.size).toBe(0);
    expect(await returns.release()).toBe(0);
    expect(changes).toEqual([]);
  });

  test('while draining is made visible at the end', async () => {
    const { returns, drain, holdings, hold, changes } = setUp();
    drain.abort();
    returns.leave(hold('a'));
    expect([holdings.size, changes]).toEqual([0, []]);
    await returns.release();
    expect(changes).toEqual([{ ids: ['a'], seconds: 0 }]);
  });
});

describe('what waits for a lock and has no room', () => {
  test.each([
    [1, 60],
    [2, 120],
    [3, 240],
    [4, 480],
    [5, 960],
    [6, 960],
    [100, 960],
  ])('is hidden, at receive %i, for %i seconds', (receiveCount, seconds) => {
    const { returns, changes, released } = setUp();
    const work = storableWork('a', { held: heldMessage('a', { receiveCount }) });
    returns.postpone([work]);
    expect(changes).toEqual([{ ids: ['a'], seconds }]);
    expect(released).toEqual([work]);
  });

  test('is hidden once, however many events of a message there are', () => {
    const { returns, changes, released } = setUp();
    const held = heldMessage('a');
    returns.postpone([storableWork(1, { held }), storableWork(2, { held }), storableWork('b')]);
    expect(changes.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
    expect(released).toHaveLength(3);
  });

  test('is not hidden while draining: it is made visible at the end, as all others', () => {
    const { returns, drain, changes, released } = setUp();
    drain.abort();
    returns.postpone([storableWork('a')]);
    expect([changes, idsOf(released)]).toEqual([[], ['a']]);
  });

  test('has lost its lease when SQS says that it does not know the handle', async () => {
    const { returns } = setUp(async () => [{ sqsMessageId: 'a', retryable: false, error: 'stale' }]);
    const held = heldMessage('a');
    returns.postpone([storableWork('a', { held })]);
    await Promise.resolve();
    await Promise.resolve();
    expect(held.leaseUntilMs).toBe(Number.NEGATIVE_INFINITY);
  });

  test('is left to its visibility timeout when SQS does not answer', async () => {
    const { returns, log } = setUp(async () => {
      throw new Error('SQS is away');
    });
    returns.postpone([storableWork('a')]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.lines).toEqual([
      'debug: a message could not be postponed; SQS redelivers it after its visibility timeout',
    ]);
  });
});

describe('the release at the end', () => {
  test('makes visible what is not stored, and returns how many events have no outcome', async () => {
    const { returns, hold, changes } = setUp();
    hold('undecided');
    hold('decided').decided(5);
    const partly = hold('partly');
    partly.decided(3);
    partly.settle();
    const committed = hold('committed');
    committed.decided(1);
    committed.settle();
    expect(await returns.release()).toBe(5 + 2);
    expect(changes).toEqual([{ ids: ['undecided', 'decided', 'partly'], seconds: 0 }]);
  });

  test('that fails leaves all to their visibility timeouts, and says so', async () => {
    const { returns, hold, log } = setUp(async () => {
      throw new Error('SQS is away');
    });
    hold('a').decided(2);
    expect(await returns.release()).toBe(2);
    expect(log.lines).toEqual([
      'warn: messages could not be released; SQS redelivers them after their visibility timeout',
    ]);
  });
});
