import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { idsOf, refusedWork, storableWork } from '../proof/kit/work.ts';
import { Batcher, type BatchLimits, type Work } from './batcher.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const LIMITS: BatchLimits = { events: 3, bytes: 100, ageMs: 50 };

function batcherOf(limits: Partial<BatchLimits> = {}): Batcher {
  return new Batcher({ ...LIMITS, ...limits });
}

/** Takes batches as soon as they are due, until the one that says that there are no more. */
function takingAll(batcher: Batcher): { batches: Work[][]; ended: boolean } {
  const taken = { batches: [] as Work[][], ended: false };
  void (async () => {
    for (;;) {
      const batch = await batcher.take();
      if (batch.length === 0) break;
      taken.batches.push(batch);
    }
    taken.ended = true;
  })();
  return taken;
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const ids = ({ batches }: { batches: Work[][] }) => batches.map(idsOf);
const works = (...names: string[]) => names.map((id) => storableWork(id));
const ofGroup = (group: string, ...names: string[]) => names.map((id) => storableWork(id, { group }));

describe('a batch', () => {
  test('is handed out as soon as it has its count of events', async () => {
    const batcher = batcherOf();
    const taken = takingAll(batcher);
    batcher.add(works('a', 'b'));
    await settled();
    expect(ids(taken)).toEqual([]);
    batcher.add(works('c'));
    await settled();
    expect(ids(taken)).toEqual([['a', 'b', 'c']]);
  });

  test('has no more than its count, and what is left of it full ones goes at once', async () => {
    const batcher = batcherOf();
    const taken = takingAll(batcher);
    batcher.add(works('a', 'b', 'c', 'd', 'e', 'f', 'g'));
    await settled();
    expect(ids(taken)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
  });

  test('is handed out as soon as it has its bytes, with no event after the one that filled it', async () => {
    const batcher = batcherOf({ events: 10 });
    const taken = takingAll(batcher);
    batcher.add([storableWork('a', { bytes: 60 })]);
    await settled();
    expect(ids(taken)).toEqual([]);
    batcher.add([storableWork('b', { bytes: 60 }), storableWork('c', { bytes: 60 })]);
    await settled();
    expect(ids(taken)).toEqual([['a', 'b']]);
  });

  test('is handed out when its oldest event has its age', async () => {
    const batcher = batcherOf();
    const taken = takingAll(batcher);
    batcher.add(works('a'));
    await vi.advanceTimersByTimeAsync(40);
    batcher.add(works('b'));
    await vi.advanceTimersByTimeAsync(9);
    expect(ids(taken)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ids(taken)).toEqual([['a', 'b']]);
  });

  test('that a full one left behind is handed out by age too', async () => {
    const batcher = batcherOf();
    const taken = takingAll(batcher);
    batcher.add(works('a', 'b', 'c', 'd'));
    await vi.advanceTimersByTimeAsync(50);
    expect(ids(taken)).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('ages from when its first event came, not from an earlier one that is gone', async () => {
    const batcher = batcherOf();
    const taken = takingAll(batcher);
    batcher.add(works('a', 'b', 'c'));
    await vi.advanceTimersByTimeAsync(40);
    batcher.add(works('d'));
    await vi.advanceTimersByTimeAsync(49);
    expect(ids(taken)).toEqual([['a', 'b', 'c']]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ids(taken)).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('goes to one of those that wait, and the next to another', async () => {
    const batcher = batcherOf();
    const [first, second] = [batcher.take(), batcher.take()];
    batcher.add(works('a', 'b', 'c', 'd', 'e', 'f'));
    expect([idsOf(await first), idsOf(await second)]).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
  });
});

describe('tenants', () => {
  test('take turns within a batch, so that a flood of one lets another pass', async () => {
    const batcher = batcherOf();
    batcher.add(Array.from({ length: 100 }, (_, i) => storableWork(`flood-${i}`, { tenant: 'loud' })));
    batcher.add([storableWork('quiet', { tenant: 'quiet' })]);
    expect(idsOf(await batcher.take())).toEqual(['flood-0', 'quiet', 'flood-1']);
  });

  test('that cannot be read of an event wait in a line of their own', async () => {
    const batcher = batcherOf({ events: 4 });
    batcher.add([...works('a', 'b', 'c', 'd'), refusedWork('x'), refusedWork('y')]);
    expect(idsOf(await batcher.take())).toEqual(['a', 'x', 'b', 'y']);
  });
});

describe('a closed batcher', () => {
  test('hands out what is left at once, and then says to each taker that there is no more', async () => {
    const batcher = batcherOf();
    const taken = [takingAll(batcher), takingAll(batcher)];
    batcher.add(works('a', 'b'));
    batcher.close();
    await settled();
    expect(taken.flatMap(ids)).toEqual([['a', 'b']]);
    expect(taken.map(({ ended }) => ended)).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('says so only when what follows in a message group was handed out as well', async () => {
    const batcher = batcherOf({ events: 1 });
    const taken = takingAll(batcher);
    batcher.add(ofGroup('g', 'g-1', 'g-2'));
    batcher.close();
    await settled();
    expect([ids(taken), taken.ended]).toEqual([[['g-1']], false]);
    batcher.done(taken.batches[0] as Work[], []);
    await settled();
    expect(ids(taken)).toEqual([['g-1'], ['g-2']]);
    batcher.done(taken.batches[1] as Work[], []);
    await settled();
    expect(taken.ended).toBe(true);
  });
});

describe('a message group', () => {
  test('is in one batch at a time, whose end hands out what follows in its order', async () => {
    const batcher = batcherOf();
    const taken = takingAll(batcher);
    batcher.add(ofGroup('g', 'g-1', 'g-2', 'g-3', 'g-4'));
    batcher.add(ofGroup('g', 'g-5'));
    await vi.advanceTimersByTimeAsync(500);
    expect(ids(taken)).toEqual([['g-1', 'g-2', 'g-3']]);
    batcher.add(ofGroup('g', 'g-6'));
    batcher.done(taken.batches[0] as Work[], []);
    await settled();
    expect(ids(taken).slice(1)).toEqual([['g-4', 'g-5', 'g-6']]);
  });

  test('whose batch is under way holds up no other group', async () => {
    const batcher = batcherOf({ events: 2 });
    const taken = takingAll(batcher);
    batcher.add([...ofGroup('g', 'g-1', 'g-2', 'g-3'), ...ofGroup('h', 'h-1')]);
    await settled();
    batcher.add(ofGroup('i', 'i-1', 'i-2'));
    await settled();
    expect(ids(taken)).toEqual([
      ['g-1', 'h-1'],
      ['i-1', 'i-2'],
    ]);
  });

  test('has its followers not counted for the size of a batch', async () => {
    const batcher = batcherOf({ bytes: 3 });
    const taken = takingAll(batcher);
    batcher.add(ofGroup('g', 'g-1', 'g-2', 'g-3', 'g-4', 'g-5', 'g-6'));
    await settled();
    batcher.add(ofGroup('h', 'h-1', 'h-2'));
    await settled();
    expect(ids(taken)).toEqual([['g-1', 'g-2', 'g-3']]);
  });

  test('of which something waits for a lock goes on only when that is said', async () => {
    const batcher = batcherOf({ events: 2 });
    const taken = takingAll(batcher);
    batcher.add([...ofGroup('g', 'g-1', 'g-2'), ...ofGroup('h', 'h-1', 'h-2')]);
    await settled();
    const [batch] = taken.batches as [Work[]];
    batcher.done(
      batch,
      batch.filter(({ held }) => held.group === 'g'),
    );
    await vi.advanceTimersByTimeAsync(50);
    expect(ids(taken)).toEqual([['g-1', 'h-1'], ['h-2']]);
    batcher.goOn('g');
    await vi.advanceTimersByTimeAsync(50);
    expect(ids(taken).at(-1)).toEqual(['g-2']);
  });

  test('of which something is given back hands over what follows, and takes in what comes later', async () => {
    const batcher = batcherOf({ events: 1, ageMs: 1 });
    const taken = takingAll(batcher);
    batcher.add(ofGroup('g', 'g-1', 'g-2', 'g-3'));
    await settled();
    expect(idsOf(batcher.takeBack('g'))).toEqual(['g-2', 'g-3']);
    expect(batcher.takeBack('g')).toEqual([]);
    batcher.add(ofGroup('g', 'g-4'));
    await settled();
    expect(ids(taken)).toEqual([['g-1']]);
    batcher.done(taken.batches[0] as Work[], []);
    await settled();
    expect(ids(taken)).toEqual([['g-1'], ['g-4']]);
  });

  test('keeps its order, and is in one batch at a time, in whatever order batches end', async () => {
    const arrivals = fc.array(fc.constantFrom('g', 'h', 'i'), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(arrivals, fc.infiniteStream(fc.nat()), async (groups, choices) => {
        const batcher = batcherOf();
        const taken = takingAll(batcher);
        const stored: Work[] = [];
        const open: Work[][] = [];
        for (const [i, group] of groups.entries()) {
          batcher.add(ofGroup(group, `${i}`));
          if (i % 4 === 3) await vi.advanceTimersByTimeAsync(60);
        }
        batcher.close();
        for (let seen = 0; ; ) {
          await settled();
          open.push(...taken.batches.slice(seen));
          seen = taken.batches.length;
          const underWay = open.map((batch) => [...new Set(batch.map(({ held }) => held.group))]).flat();
          expect(new Set(underWay).size).toBe(underWay.length);
          if (open.length === 0) break;
          const [ended] = open.splice((choices.next().value as number) % open.length, 1) as [Work[]];
          stored.push(...ended);
          batcher.done(ended, []);
        }
        expect(taken.ended).toBe(true);
        for (const name of ['g', 'h', 'i']) {
          const order = idsOf(stored.filter(({ held }) => held.group === name));
          expect(order).toEqual(groups.flatMap((group, i) => (group === name ? [`${i}`] : [])));
        }
      }),
      { numRuns: 50 },
    );
  });
});
