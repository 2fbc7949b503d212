import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { heldMessage, idsOf, recordingLog, refusedWork, storableWork } from '../proof/kit/work.ts';
import { Gate } from '../waiting/gate.ts';
import type { Work } from './batcher.ts';
import type { Waiting } from './blocked.ts';
import type { FinalOutcome } from './outcome.ts';
import {
  type RejectionRecord,
  type StorableEvent,
  type Store,
  StoreError,
  type StoreOutcome,
} from './ports.ts';
import { SchemaRegistry } from './schemas.ts';
import { Storer } from './storer.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const away = (sqlState = '08006') => new StoreError('unavailable', 'away', sqlState, undefined);
const blocked = () => new StoreError('blocked', 'lock timeout', '55P03', undefined);
const badRow = () => new StoreError('bad_row', 'refused', '22P05', undefined);
const after = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

interface Does {
  /** Called with the ids of a statement's events; what it throws is its failure. */
  readonly store?: (ids: string[]) => void;
  readonly reject?: (ids: string[]) => void;
  readonly outcome?: (event: StorableEvent) => StoreOutcome;
  readonly schemas?: () => void;
}

function setUp({ store, reject, outcome, schemas }: Does = {}) {
  const statements: string[][] = [];
  const patience: (number | undefined)[] = [];
  const rejected: RejectionRecord[] = [];
  const settled: { id: string; outcome: FinalOutcome['kind'] }[] = [];
  const drain = new AbortController();
  const stop = new AbortController();
  const gate = new Gate();
  const log = recordingLog();
  const ports: Pick<Store, 'store' | 'reject' | 'schemas'> = {
    async store(events, lockTimeoutMs) {
      patience.push(lockTimeoutMs);
      const ids = events.map(({ event }) => event.eventId);
      statements.push(ids);
      store?.(ids);
      return events.map(outcome ?? (({ messageId }) => ({ kind: 'stored', messageId })));
    },
    async reject(records) {
      reject?.(records.map(({ sqsMessageId }) => sqsMessageId));
      rejected.push(...records);
    },
    async schemas() {
      schemas?.();
      return [];
    },
  };
  const storer = new Storer({
    store: ports as Store,
    schemas: new SchemaRegistry(),
    gate,
    queue: 'events',
    log,
    drain: drain.signal,
    stop: stop.signal,
    settle: (work, { kind }) => settled.push({ id: work.held.sqsMessageId, outcome: kind }),
  });
  /** Commits a batch; `waiting` is what it returned, undefined while it is under way. */
  const commit = (batch: readonly Work[]) => {
    const run: { waiting?: string[]; error?: unknown } = {};
    void storer.commit(batch, false).then(
      (waiting) => (run.waiting = waitingIds(waiting)),
      (error: unknown) => (run.error = error),
    );
    return run;
  };
  const outcomes = () => Object.fromEntries(settled.map((each) => [each.id, each.outcome]));
  return { storer, commit, statements, patience, rejected, settled, outcomes, drain, stop, gate, log };
}

const waitingIds = (waiting: readonly Waiting[]) => idsOf(waiting.map(({ work }) => work));
const works = (...ids: string[]) => ids.map((id) => storableWork(id));

/** A work whose lease ends in so many milliseconds. */
function workWithLease(id: string, leaseMs: number, group?: string): Work {
  const held = heldMessage(id, { group });
  held.extendLease(performance.now() + leaseMs);
  return storableWork(id, { held });
}

describe('a batch', () => {
  test('is one statement, with an outcome for each of its events', async () => {
    const rig = setUp({
      outcome: ({ event: { eventId }, messageId }) => ({
        kind: eventId === 'b' ? 'duplicate' : 'stored',
        messageId,
      }),
    });
    const run = rig.commit(works('a', 'b'));
    await after(0);
    expect(run.waiting).toEqual([]);
    expect(rig.statements).toEqual([['a', 'b']]);
    expect(rig.outcomes()).toEqual({ a: 'stored', b: 'duplicate' });
  });

  test('has what was refused before, and what the store refuses, kept with its reason', async () => {
    const rig = setUp({
      outcome: ({ event: { eventId }, messageId }) =>
        eventId === 'b' ? { kind: 'unknown_client' } : { kind: 'stored', messageId },
    });
    rig.commit([...works('a', 'b'), refusedWork('c')]);
    await after(0);
    expect(rig.outcomes()).toEqual({ a: 'stored', b: 'rejected', c: 'rejected' });
    expect(rig.rejected).toMatchObject([
      { sqsMessageId: 'c', reason: 'malformed_json', body: 'text of c', claims: {}, queue: 'events' },
      { sqsMessageId: 'b', reason: 'unknown_client', claims: { clientId: 'client-3', eventId: 'b' } },
    ]);
  });

  test('settles nothing before its rejections are kept', async () => {
    let isAway = true;
    const rig = setUp({
      reject: () => {
        if (isAway) throw away();
      },
    });
    rig.commit([...works('a'), refusedWork('b')]);
    await after(90);
    expect(rig.settled).toEqual([]);
    isAway = false;
    await after(10);
    expect(rig.outcomes()).toEqual({ a: 'stored', b: 'rejected' });
    expect(rig.settled).toHaveLength(2);
  });

  test('gives back unsettled a rejection that waits for a lock, and does not wait for one that is refused', async () => {
    const rig = setUp({
      reject: (ids) => {
        if (ids.includes('b')) throw blocked();
        if (ids.includes('c')) throw badRow();
      },
    });
    const run = rig.commit(['a', 'b', 'c'].map(refusedWork));
    await after(0);
    expect(run.waiting).toEqual(['b']);
    expect(rig.outcomes()).toEqual({ a: 'rejected', c: 'released' });
  });

  test('gives back unsettled what waits for a lock', async () => {
    const rig = setUp({
      store: (ids) => {
        if (ids.includes('b')) throw blocked();
      },
    });
    const run = rig.commit([
      storableWork('a', { client: 'client-1', type: 'user-app' }),
      storableWork('b', { client: 'client-2', type: 'monitor-app' }),
    ]);
    await after(0);
    expect(run.waiting).toEqual(['b']);
    expect(rig.outcomes()).toEqual({ a: 'stored' });
  });

  test('that ends with an error nobody expected throws it and settles nothing', async () => {
    const rig = setUp({
      store: () => {
        throw new TypeError('a bug');
      },
    });
    const run = rig.commit(works('a'));
    await after(0);
    expect([run.error, rig.settled]).toEqual([new TypeError('a bug'), []]);
  });
});

describe('while PostgreSQL is away', () => {
  test('the gate is closed, and the batch tried until it goes through', async () => {
    let isAway = true;
    const rig = setUp({
      store: () => {
        if (isAway) throw away();
      },
    });
    const run = rig.commit(works('a', 'b'));
    await after(1_000);
    expect([rig.gate.isOpen, rig.settled, run.waiting]).toEqual([false, [], undefined]);
    expect(rig.statements.length).toBeGreaterThan(2);
    expect(new Set(rig.statements.map(String))).toEqual(new Set(['a,b'])); // whole
    isAway = false;
    await after(5_000);
    expect([rig.gate.isOpen, run.waiting]).toEqual([true, []]);
    expect(rig.outcomes()).toEqual({ a: 'stored', b: 'stored' });
    expect(rig.log.lines).toEqual([
      'warn: PostgreSQL is away; receiving pauses until it is back',
      'info: PostgreSQL is back',
    ]);
  });

  test('what lost its lease is given back, and not stored when it is back', async () => {
    let isAway = true;
    const rig = setUp({
      store: () => {
        if (isAway) throw away();
      },
    });
    rig.commit([workWithLease('lost', 10_000), workWithLease('kept', 60_000)]);
    await after(15_000);
    expect(rig.outcomes()).toEqual({ lost: 'released' });
    isAway = false;
    await after(5_000);
    expect(rig.outcomes()).toEqual({ lost: 'released', kept: 'stored' });
    expect(rig.statements.at(-1)).toEqual(['kept']);
  });

  test('a batch that lost all its leases opens the gate only once PostgreSQL answers', async () => {
    let isAway = true;
    const fail = () => {
      if (isAway) throw away();
    };
    const rig = setUp({ store: fail, schemas: fail });
    const run = rig.commit([workWithLease('a', 5_000)]);
    await after(30_000);
    expect([rig.outcomes(), rig.gate.isOpen]).toEqual([{ a: 'released' }, false]);
    isAway = false;
    await after(5_000);
    expect([run.waiting, rig.gate.isOpen]).toEqual([[], true]);
  });

  test('a drain gives everything back after three tries, a second apart', async () => {
    const rig = setUp({
      store: () => {
        throw away();
      },
    });
    rig.drain.abort();
    const first = rig.commit(works('a'));
    await after(0);
    expect(rig.statements).toHaveLength(1);
    await after(300);
    expect(rig.statements).toHaveLength(3);
    expect([first.waiting, rig.outcomes()]).toEqual([[], { a: 'released' }]);
    const second = rig.commit(works('b'));
    await after(0);
    expect(rig.statements).toHaveLength(4);
    expect([second.waiting, rig.outcomes()]).toEqual([[], { a: 'released', b: 'released' }]);
  });

  test('a drain counts only the tries in a row', async () => {
    let tries = 0;
    const rig = setUp({
      store: () => {
        tries += 1;
        if (tries % 3 !== 0) throw away();
      },
    });
    rig.drain.abort();
    for (const id of ['a', 'b']) {
      rig.commit(works(id));
      await after(3_000);
    }
    expect(rig.outcomes()).toEqual({ a: 'stored', b: 'stored' });
  });

  test('a drain ends the wait for the next try', async () => {
    const rig = setUp({
      store: () => {
        throw away();
      },
    });
    rig.commit(works('a'));
    await after(10_000);
    const { length } = rig.statements;
    rig.drain.abort();
    await after(0);
    expect(rig.statements).toHaveLength(length + 1);
  });

  test('a stop gives everything back at once', async () => {
    const rig = setUp({
      store: () => {
        throw away();
      },
    });
    const run = rig.commit(works('a', 'b'));
    await after(10);
    rig.drain.abort();
    rig.stop.abort();
    await after(0);
    expect([run.waiting, rig.outcomes()]).toEqual([[], { a: 'released', b: 'released' }]);
    expect(rig.statements).toHaveLength(2);
  });
});

test('a statement that takes too long is tried in ever smaller pieces, until one goes through', async () => {
  const rig = setUp({
    store: ({ length }) => {
      if (length > 2) throw away('57014');
    },
  });
  const run = rig.commit(works('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'));
  await after(10_000);
  expect(rig.statements.map(({ length }) => length)).toEqual([8, 4, 2, 2, 2, 2]);
  expect(run.waiting).toEqual([]);
  expect(rig.settled).toHaveLength(8);
});

describe('a lost lease', () => {
  test('counts from a second before its end, as the server may', async () => {
    const rig = setUp();
    rig.commit([workWithLease('lost', 999), workWithLease('kept', 1_001)]);
    await after(0);
    expect(rig.outcomes()).toEqual({ lost: 'released', kept: 'stored' });
  });

  test('takes along what follows in its message group, and nothing before it', async () => {
    const rig = setUp();
    rig.commit([
      workWithLease('g-1', 60_000, 'g'),
      workWithLease('g-2', 0, 'g'),
      workWithLease('g-3', 60_000, 'g'),
      workWithLease('h-1', 60_000, 'h'),
    ]);
    await after(0);
    expect(rig.outcomes()).toEqual({
      'g-1': 'stored',
      'g-2': 'released',
      'g-3': 'released',
      'h-1': 'stored',
    });
  });
});

describe('what waited before', () => {
  const waits = (...ids: string[]) => ({
    store: (statement: string[]) => {
      if (statement.some((id) => ids.includes(id))) throw blocked();
    },
  });

  test('waits on as a whole where nobody knows for which row', async () => {
    const rig = setUp(waits('b'));
    const waiting = await rig.storer.retry(works('a', 'b', 'c'), false);
    expect(waitingIds(waiting)).toEqual(['a', 'b', 'c']);
    expect(rig.settled).toEqual([]);
  });

  test('of a message group is one statement', async () => {
    const rig = setUp(waits('b'));
    const group = ['a', 'b', 'c'].map((id) => storableWork(id, { group: 'g' }));
    expect(waitingIds(await rig.storer.retry(group, false))).toEqual(['a', 'b', 'c']);
    expect(rig.statements).toHaveLength(1);
  });

  test('is taken apart when it is said, and only what waits goes on waiting', async () => {
    const rig = setUp(waits('b'));
    expect(waitingIds(await rig.storer.retry(works('a', 'b', 'c'), true))).toEqual(['b']);
    expect(rig.outcomes()).toEqual({ a: 'stored', c: 'stored' });
  });

  test('of a message group is stored only up to the first that waits', async () => {
    const rig = setUp(waits('b'));
    const group = ['a', 'b', 'c'].map((id) => storableWork(id, { group: 'g' }));
    expect(waitingIds(await rig.storer.retry(group, true))).toEqual(['b', 'c']);
    expect(rig.outcomes()).toEqual({ a: 'stored' });
  });
});

test('a lock is waited for more briefly while other events wait for one, and most briefly by what waited before', async () => {
  const rig = setUp();
  await rig.storer.commit(works('a'), false);
  await rig.storer.commit(works('b'), true);
  await rig.storer.retry(works('c'), false);
  expect(rig.patience).toEqual([undefined, 200, 50]);
});
