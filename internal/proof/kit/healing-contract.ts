import { describe, expect, test } from 'vitest';
import type { Healing, HealingLimits, HealingPage } from '../../processor/healing/ports.ts';
import type { RejectionReason } from '../../event/rejection.ts';
import type { RejectionRecord, ReplayResult } from '../../processor/ports.ts';

/** A healing with its store and registry. */
export interface HealingRig extends AsyncDisposable {
  readonly healing: Healing;
  registerClient(id: string): Promise<void>;
  registerEventType(name: string): Promise<void>;
  reject(records: readonly RejectionRecord[]): Promise<void>;
  settle(results: readonly ReplayResult[]): Promise<void>;
  /** SQS MessageIds of the rejections in that state. */
  inState(state: 'open' | 'replayed'): Promise<string[]>;
}

const LIMITS: HealingLimits = { tasks: 50, rejections: 10, bytes: 4_194_304 };
const YOUNG = { youngMs: 300_000 };
const OLD = { youngMs: -1 };
const AT_ONCE = { everyMs: 0 };

/** The rejection of an event of tenant `default` whose names are not registered yet. */
export function waiting(sqsMessageId: string, clientId: string, eventType = 'user-app'): RejectionRecord {
  return {
    reason: 'unknown_client',
    detail: 'not registered',
    queue: 'events',
    sqsMessageId,
    eventIndex: null,
    claims: { tenantId: 'default', clientId, eventType, source: 'test', eventId: sqsMessageId },
    body: JSON.stringify({ event_type: eventType, client_id: clientId, message: 1, event_id: sqsMessageId }),
    attributes: {},
    systemAttributes: {},
    receiveCount: 1,
    receivedAt: new Date(),
  };
}

function refusal(id: string, reason: RejectionReason, record: RejectionRecord): ReplayResult {
  return { id, kind: 'refused', reason, detail: 'again', claims: record.claims };
}

function replayed(id: string): ReplayResult {
  return { id, kind: 'replayed', messageId: null, refusals: [] };
}

/** Reads one page and advances its tasks. */
async function nextPage(
  rig: HealingRig,
  {
    changed = true,
    limits = LIMITS,
    ...age
  }: { changed?: boolean; limits?: HealingLimits; youngMs?: number } = {},
): Promise<HealingPage> {
  const page = await rig.healing.turn(async (turn) => {
    const read = await turn.page(limits);
    await rig.settle(changed ? read.rejections.map(({ id }) => replayed(id)) : []);
    const steps = read.tasks.map(({ id, next }) => ({ taskId: id, next, changed }));
    await turn.advance(steps, { ...YOUNG, ...age });
    return read;
  });
  if (page === undefined) throw new Error('another session holds the healing lock');
  return page;
}

const look = (rig: HealingRig, age = YOUNG) => rig.healing.turn((turn) => turn.look({ ...AT_ONCE, ...age }));
const sweep = (rig: HealingRig) => rig.healing.turn((turn) => turn.sweep(AT_ONCE));
const idsOf = ({ rejections }: HealingPage) => rejections.map(({ sqsMessageId }) => sqsMessageId).sort();

/** The contract of every Healing. */
export function healingContract(name: string, open: () => Promise<HealingRig>): void {
  describe(`the healing ${name}`, () => {
    test('finds the rejections waiting for a client once it is registered, and none before', async () => {
      await using rig = await open();
      await rig.reject([waiting('a', 'late'), waiting('b', 'never'), waiting('c', 'late', 'no-such-type')]);
      await look(rig);
      expect(await nextPage(rig)).toEqual({ rejections: [], tasks: [] });
      await rig.registerClient('late');
      await look(rig);
      expect(idsOf(await nextPage(rig))).toEqual(['a']);
      expect(await rig.inState('open')).toEqual(['b', 'c']);
    });

    test('finds the rejections waiting for an event type once it is registered, for any client', async () => {
      await using rig = await open();
      await rig.reject([
        waiting('a', 'client-1', 'late'),
        waiting('b', 'client-2', 'late'),
        waiting('c', 'never', 'late'),
      ]);
      await rig.registerEventType('late');
      await look(rig);
      expect(idsOf(await nextPage(rig))).toEqual(['a', 'b']);
    });

    test('returns a page of at most the requested size, and continues after it', async () => {
      await using rig = await open();
      const ids = Array.from({ length: 25 }, (_, i) => `m-${String(i).padStart(2, '0')}`);
      await rig.reject(ids.map((id) => waiting(id, 'late')));
      await rig.registerClient('late');
      await look(rig);
      const pages: string[][] = [];
      for (let page = await nextPage(rig); page.tasks.length > 0; page = await nextPage(rig))
        pages.push(idsOf(page));
      expect(pages.slice(0, 2).map(({ length }) => length)).toEqual([10, 10]);
      expect(pages.flat().sort()).toEqual(ids);
    });

    test('does not return to refused rejections in the same pass', async () => {
      await using rig = await open();
      const records = Array.from({ length: 15 }, (_, i) =>
        waiting(`m-${String(i).padStart(2, '0')}`, 'late'),
      );
      await rig.reject(records);
      await rig.registerClient('late');
      await look(rig);
      const first = await nextPage(rig, { changed: false });
      const second = await nextPage(rig, { changed: false });
      expect([...idsOf(first), ...idsOf(second)].sort()).toEqual(
        records.map(({ sqsMessageId }) => sqsMessageId),
      );
      expect((await nextPage(rig)).tasks).toEqual([]);
    });

    test('lets tasks take turns, so that a small one does not wait for a large one', async () => {
      await using rig = await open();
      await rig.reject(Array.from({ length: 40 }, (_, i) => waiting(`large-${i}`, 'large')));
      await rig.reject([waiting('small', 'small')]);
      await rig.registerClient('large');
      await rig.registerClient('small');
      await look(rig);
      const limits = { ...LIMITS, tasks: 1 };
      const [first, second] = [await nextPage(rig, { limits }), await nextPage(rig, { limits })];
      expect([...idsOf(first), ...idsOf(second)]).toContain('small');
    });

    test('checks a registration again, for a rejection that was still being written', async () => {
      await using rig = await open();
      await rig.registerClient('late');
      await look(rig);
      await rig.reject([waiting('a', 'late')]);
      await look(rig);
      expect(idsOf(await nextPage(rig))).toEqual(['a']);
    });

    test('finds a rejection that was written long after its names were registered', async () => {
      await using rig = await open();
      await rig.registerClient('late');
      await look(rig);
      await look(rig, OLD); // no rejection waits for the client any more, so its task is gone
      await rig.reject([waiting('a', 'late')]);
      await look(rig);
      expect(idsOf(await nextPage(rig))).toEqual(['a']);
    });

    test('finds a rejection under the names of its last refusal', async () => {
      await using rig = await open();
      await rig.reject([waiting('a', 'first')]);
      await rig.registerClient('first');
      await look(rig);
      const page = await rig.healing.turn((turn) => turn.page(LIMITS));
      const id = page?.rejections[0]?.id ?? '';
      await rig.settle([refusal(id, 'unknown_client', waiting('a', 'second'))]);
      await rig.registerClient('second');
      await look(rig);
      expect(idsOf(await nextPage(rig))).toEqual(['a']);
    });

    test('sweeps up rejections for which no registration made a task', async () => {
      await using rig = await open();
      await rig.registerClient('late');
      await look(rig);
      await look(rig, OLD);
      await rig.reject([waiting('a', 'late'), waiting('b', 'never')]);
      await look(rig, OLD);
      await nextPage(rig, { changed: false, ...OLD });
      await sweep(rig);
      expect(idsOf(await nextPage(rig))).toEqual(['a']);
    });

    test('lets one session heal at a time', async () => {
      await using rig = await open();
      const inside = await rig.healing.turn(async () => rig.healing.turn(async () => 'second'));
      expect(inside).toBeUndefined();
      expect(await rig.healing.turn(async () => 'free again')).toBe('free again');
    });

    test('returns what is due, and nothing during a pause', async () => {
      await using rig = await open();
      const HOUR = { lookMs: 3_600_000, sweepMs: 3_600_000 };
      const due = (earlyMs = 0, longest = HOUR) =>
        rig.healing.turn((turn) => turn.due({ ...longest, earlyMs }));
      expect(await due()).toEqual({ page: true, look: true, sweep: true });
      await rig.healing.turn(async (turn) => {
        await turn.look({ everyMs: 60_000, ...YOUNG });
        await turn.sweep({ everyMs: 60_000 });
        await turn.pause(60_000);
      });
      expect(await due()).toEqual({ page: false, look: false, sweep: false });
      expect(await due(61_000)).toEqual({ page: false, look: false, sweep: true });
      // Nobody puts off a look or a sweep for as long: the clock has stepped back.
      expect(await due(0, { ...HOUR, lookMs: 1_000 })).toMatchObject({ look: true, sweep: false });
      expect(await due(0, { ...HOUR, sweepMs: 1_000 })).toMatchObject({ look: false, sweep: true });
    });

    test('lets other tasks go first after a failure', async () => {
      await using rig = await open();
      await rig.reject([waiting('a', 'late')]);
      await rig.registerClient('late');
      await look(rig);
      await rig.healing.turn(async (turn) => {
        const { tasks } = await turn.page(LIMITS);
        await turn.postpone(tasks, 60_000);
      });
      expect((await nextPage(rig)).tasks).toEqual([]);
    });
  });
}
