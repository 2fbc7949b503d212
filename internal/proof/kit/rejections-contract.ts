import { describe, expect, test } from 'vitest';
import type { RejectionRecord, ReplayResult } from '../../processor/ports.ts';
import { mintUuid7 } from '../../event/uuid7.ts';
import type { KeptRejection, StoreRig } from './store-rig.ts';

const NAMES = { tenantId: 'default', clientId: 'x', eventType: 'user-app' };

/** A rejection whose client is not registered yet. */
export function rejection(more: Partial<RejectionRecord> = {}): RejectionRecord {
  return {
    reason: 'unknown_client',
    detail: 'client "x" is not registered',
    queue: 'events',
    sqsMessageId: 'sqs-1',
    eventIndex: null,
    claims: { ...NAMES, eventId: 'e' },
    body: 'a body',
    attributes: {},
    systemAttributes: {},
    receiveCount: 1,
    receivedAt: new Date(),
    ...more,
  };
}

function replayed(id: string): ReplayResult {
  return { id, kind: 'replayed', messageId: mintUuid7(), refusals: [] };
}

async function onlyOne(rig: StoreRig): Promise<KeptRejection> {
  const kept = await rig.rejections();
  expect(kept).toHaveLength(1);
  return kept[0] as KeptRejection;
}

/** The contract of every Store for rejections and the results of replays. */
export function rejectionsContract(setUp: () => Promise<StoreRig>): void {
  describe('rejections', () => {
    test('are kept, one per position in a message of a queue', async () => {
      await using rig = await setUp();
      await rig.store.reject([
        rejection(),
        rejection({ eventIndex: 0 }),
        rejection({ eventIndex: 1 }),
        rejection({ sqsMessageId: 'sqs-2' }),
        rejection({ queue: 'others' }),
      ]);
      const places = (await rig.rejections()).map(
        ({ queue, sqsMessageId, eventIndex }) => `${queue} ${sqsMessageId} ${eventIndex}`,
      );
      expect(places.sort()).toEqual([
        'events sqs-1 0',
        'events sqs-1 1',
        'events sqs-1 null',
        'events sqs-2 null',
        'others sqs-1 null',
      ]);
    });

    test('are updated when the message is redelivered, and keep their id and body', async () => {
      await using rig = await setUp();
      await rig.store.reject([rejection()]);
      const first = await onlyOne(rig);
      expect(first).toMatchObject({ names: NAMES, state: 'open', body: 'a body', receiveCount: 1 });
      const names = { tenantId: 'default', clientId: 'y', eventType: 'order' };
      const again = {
        reason: 'unknown_event_type',
        detail: 'newer',
        receiveCount: 2,
        claims: names,
      } as const;
      await rig.store.reject([rejection({ ...again, body: 'of whom?' })]);
      const { claims: _, ...news } = again;
      expect(await onlyOne(rig)).toEqual({ ...first, ...news, names });
    });

    test('are kept once when a batch has them twice; the last one counts', async () => {
      await using rig = await setUp();
      await rig.store.reject([rejection(), rejection({ receiveCount: 2, detail: 'newer' })]);
      expect(await onlyOne(rig)).toMatchObject({ receiveCount: 2, detail: 'newer' });
    });

    test('that were replayed are not reopened by a late redelivery', async () => {
      await using rig = await setUp();
      await rig.store.reject([rejection()]);
      await rig.store.settle([replayed((await onlyOne(rig)).id)]);
      const settled = await onlyOne(rig);
      expect(settled).toMatchObject({ state: 'replayed', reason: 'unknown_client' });
      await rig.store.reject([rejection({ detail: 'too late', receiveCount: 2 })]);
      expect(await onlyOne(rig)).toEqual(settled);
    });
  });

  describe('a replay', () => {
    test('that refuses leaves the rejection open, under the new reason', async () => {
      await using rig = await setUp();
      await rig.store.reject([rejection()]);
      const first = await onlyOne(rig);
      const refused = { id: first.id, kind: 'refused', reason: 'id_conflict', detail: 'd' } as const;
      await rig.store.settle([{ ...refused, claims: {} }]);
      expect(await onlyOne(rig)).toEqual({ ...first, reason: 'id_conflict', detail: 'd' });
    });

    test('that now waits for another name is kept under it; one that waits for none keeps its names', async () => {
      await using rig = await setUp();
      await rig.store.reject([rejection()]);
      const { id } = await onlyOne(rig);
      const refused = { id, kind: 'refused', detail: 'd' } as const;
      await rig.store.settle([{ ...refused, reason: 'unknown_client', claims: { ...NAMES, clientId: 'z' } }]);
      const names = { ...NAMES, clientId: 'z' };
      expect(await onlyOne(rig)).toMatchObject({ names });
      await rig.store.settle([
        { ...refused, reason: 'schema_violation', claims: { ...NAMES, clientId: 'other' } },
      ]);
      expect(await onlyOne(rig)).toMatchObject({ reason: 'schema_violation', names });
    });

    test('settles each rejection of a batch separately', async () => {
      await using rig = await setUp();
      await rig.store.reject(['sqs-1', 'sqs-2', 'sqs-3'].map((sqsMessageId) => rejection({ sqsMessageId })));
      const kept = new Map((await rig.rejections()).map((each) => [each.sqsMessageId, each.id]));
      await rig.store.settle([
        replayed(kept.get('sqs-3') ?? ''),
        { id: kept.get('sqs-1') ?? '', kind: 'refused', reason: 'unstorable', detail: 'd', claims: {} },
      ]);
      const after = (await rig.rejections()).map(
        (each) => `${each.sqsMessageId} ${each.state} ${each.reason}`,
      );
      expect(after.sort()).toEqual([
        'sqs-1 open unstorable',
        'sqs-2 open unknown_client',
        'sqs-3 replayed unknown_client',
      ]);
    });

    test('ignores rejections that are no longer open or do not exist', async () => {
      await using rig = await setUp();
      await rig.store.reject([rejection()]);
      const { id } = await onlyOne(rig);
      await rig.store.settle([replayed(id)]);
      const settled = await onlyOne(rig);
      const late = { kind: 'refused', reason: 'id_conflict', detail: 'too late', claims: {} } as const;
      await rig.store.settle([
        { ...late, id },
        { ...late, id: '999999999' },
      ]);
      expect(await onlyOne(rig)).toEqual(settled);
    });
  });
}
