import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Owner, SHARDS } from '../../sender/ports.ts';
import { recordContract } from './delivery-record-contract.ts';
import { addMessages, type DeliveryStoreRig } from './delivery-store-rig.ts';

const owner = (): Owner => ({ id: randomUUID(), name: 'test', leaseSeconds: 40 });
const MAX = 2n ** 62n;

/** The contract of every DeliveryStore. */
export function deliveryStoreContract(name: string, setUp: () => Promise<DeliveryStoreRig>): void {
  describe(`the delivery store ${name}`, () => {
    shards(setUp);
    endpoints(setUp);
    lanes(setUp);
    messages(setUp);
    recordContract(setUp);
  });
}

function shards(setUp: () => Promise<DeliveryStoreRig>): void {
  describe('shards', () => {
    test('all go to a process that is alone, each with a new epoch, and stay its own', async () => {
      await using rig = await setUp();
      const alone = owner();
      const first = await rig.store.hold(alone, []);
      expect(first.share).toBe(SHARDS);
      expect(first.held.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: SHARDS }, (_, id) => id),
      );
      expect(new Set(first.held.map(({ epoch }) => epoch))).toEqual(new Set([1]));
      const again = await rig.store.hold(alone, []);
      expect(new Set(again.held)).toEqual(new Set(first.held));
    });

    test('are shared with a process that comes later, once the first gives up what is beyond its share', async () => {
      await using rig = await setUp();
      const [a, b] = [owner(), owner()];
      const all = await rig.store.hold(a, []);
      expect(await rig.store.hold(b, [])).toEqual({ held: [], share: SHARDS / 2 });
      const releasing = all.held.slice(SHARDS / 2).map(({ id }) => id);
      const kept = await rig.store.hold(a, releasing);
      expect(kept.share).toBe(SHARDS / 2);
      expect(new Set(kept.held)).toEqual(new Set(all.held.slice(0, SHARDS / 2)));
      const taken = await rig.store.hold(b, []);
      expect(new Set(taken.held)).toEqual(new Set(releasing.map((id) => ({ id, epoch: 2 }))));
    });

    test('with neighbouring numbers are divided', async () => {
      await using rig = await setUp();
      const [a, b] = [owner(), owner()];
      const first = await rig.store.hold(a, []);
      const few = new Set([1, 2, 3, 4, 5, 6, 7, 8]);
      await rig.store.hold(b, []);
      const kept = await rig.store.hold(
        a,
        first.held.map(({ id }) => id),
      );
      expect(kept.held).toEqual([]);
      const taken = await rig.store.hold(b, []);
      expect(taken.held.length).toBe(SHARDS / 2);
      expect(taken.held.filter(({ id }) => few.has(id)).length).toBe(few.size / 2);
    });
    test('of a process that leaves are free at once', async () => {
      await using rig = await setUp();
      const [a, b] = [owner(), owner()];
      await rig.store.hold(a, []);
      await rig.store.leave(a);
      expect(await rig.store.hold(b, [])).toMatchObject({ share: SHARDS, held: { length: SHARDS } });
    });

    test('of a process that is not heard of are taken when its lease is over, and it learns that', async () => {
      await using rig = await setUp();
      const [a, b] = [owner(), owner()];
      await rig.store.hold(a, []);
      await rig.expire(a.id);
      const { held, share } = await rig.store.hold(b, []);
      expect(share).toBe(SHARDS);
      expect(held).toHaveLength(SHARDS);
      expect(held[0]?.epoch).toBe(2);
      expect(await rig.store.hold(a, [])).toEqual({ held: [], share: SHARDS / 2 });
    });

    test('are kept by a process that is late but was not replaced', async () => {
      await using rig = await setUp();
      const a = owner();
      const before = await rig.store.hold(a, []);
      await rig.expire(a.id);
      expect(new Set((await rig.store.hold(a, [])).held)).toEqual(new Set(before.held));
    });

    test('are never held by two, whatever many processes do at once', async () => {
      await using rig = await setUp();
      const owners = Array.from({ length: 5 }, owner);
      const held = await Promise.all(owners.map((each) => rig.store.hold(each, [])));
      const ids = held.flatMap((each) => each.held.map(({ id }) => id));
      expect(new Set(ids).size).toBe(ids.length);
    });
  });
}

function endpoints(setUp: () => Promise<DeliveryStoreRig>): void {
  describe('endpoints', () => {
    test('are listed by shard, and read whole', async () => {
      await using rig = await setUp();
      const expiresAtMs = Date.now() + 3_600_000;
      const secrets = [
        { kind: 'hmac' as const, key: Buffer.alloc(32, 1), expiresAtMs: undefined },
        { kind: 'ed25519' as const, key: Buffer.alloc(32, 2), expiresAtMs },
      ];
      const given = {
        clientId: 'client-2',
        id: 'mine',
        url: 'https://receiver.example/hook?a=ö',
        eventTypes: ['user-app', 'order.*'],
        format: 'binary' as const,
        headers: { authorization: 'Bearer "x"' },
        ratePerSecond: 7,
        concurrency: 3,
        ordered: true,
        timeoutSeconds: 9,
        retrySeconds: [1, 2],
        state: 'paused' as const,
      };
      const number = await rig.addEndpoint({
        ...given,
        secrets: [...secrets, { ...secrets[0]!, expiresAtMs: 1 }],
      });
      const plain = await rig.addEndpoint();
      const [read, second] = await rig.store.endpoints([number, 1_000_000, plain]);
      expect(read).toEqual({
        ...given,
        secrets,
        number,
        tenantId: 'default',
        problem: undefined,
        revision: expect.any(Number),
      });
      expect(second).toMatchObject({ eventTypes: null, headers: {}, secrets: [], ratePerSecond: null });
      const others = Array.from({ length: SHARDS }, (_, id) => id).filter((id) => id !== number % SHARDS);
      expect(await rig.store.endpointsOf([number % SHARDS])).toEqual([{ number, revision: read?.revision }]);
      expect(await rig.store.endpointsOf(others)).toEqual([{ number: plain, revision: second?.revision }]);
      expect(await rig.store.endpointsOf([])).toEqual([]);
      expect(await rig.store.endpoints([])).toEqual([]);
    });

    test('that change or go move the revision', async () => {
      await using rig = await setUp();
      const number = await rig.addEndpoint();
      const first = await rig.store.revision();
      await rig.changeEndpoint(number, 'https://receiver.example/new');
      const second = await rig.store.revision();
      expect(second).toBeGreaterThan(first);
      expect(await rig.store.endpoints([number])).toMatchObject([
        { url: 'https://receiver.example/new', revision: second },
      ]);
      await rig.removeEndpoint(number);
      expect(await rig.store.revision()).toBeGreaterThan(second);
      expect(await rig.store.endpoints([number])).toEqual([]);
      expect(await rig.store.marks([number])).toEqual([]);
    });

    test('begin with a mark before everything that is stored later', async () => {
      await using rig = await setUp();
      const number = await rig.addEndpoint();
      await addMessages(rig, {});
      const [mark] = await rig.store.marks([number]);
      const [lane] = (await rig.store.lanes(0n, MAX, 10)).lanes;
      expect(mark).toMatchObject({ endpoint: number, failures: 0, lastSuccessAtMs: undefined });
      expect(mark?.xid).toBeLessThanOrEqual(lane?.xid as bigint);
    });

    test('are behind while lanes of their client lie between their mark and the position', async () => {
      await using rig = await setUp();
      const [one, two] = [await rig.addEndpoint(), await rig.addEndpoint({ clientId: 'client-2' })];
      await addMessages(rig, {});
      const to = await rig.store.horizon();
      const marks = await rig.store.marks([one, two]);
      expect(await rig.store.behind(marks, to)).toEqual([one]);
      expect(
        await rig.store.behind(
          marks.map((mark) => ({ ...mark, xid: to })),
          MAX,
        ),
      ).toEqual([]);
      expect(await rig.store.behind(marks, marks[0]?.xid ?? 0n)).toEqual([]);
    });
  });
}

function lanes(setUp: () => Promise<DeliveryStoreRig>): void {
  describe('lanes', () => {
    test('come in the order of transactions, with ids in the order of decision', async () => {
      await using rig = await setUp();
      await rig.addEndpoint();
      await rig.addEndpoint({ clientId: 'client-2' });
      const a = await addMessages(rig, {}, { clientId: 'client-2' }, {});
      const b = await addMessages(rig, {});
      const { lanes: all } = await rig.store.lanes(0n, await rig.store.horizon(), 100);
      const ids = (clientId: string) =>
        all.filter((lane) => lane.clientId === clientId).map((lane) => lane.ids);
      expect(ids('client-1')).toEqual([[a[0], a[2]], b]);
      expect(ids('client-2')).toEqual([[a[1]]]);
      expect(all[0]?.xid).toBe(all[1]?.xid);
      const starts = ['client-2', 'client-3', 'client-1'].map((clientId) => ({
        tenantId: 'default',
        clientId,
        from: 0n,
      }));
      expect(await rig.store.lanesOf(starts, MAX, 100)).toEqual(
        starts.map(({ clientId }) => ({
          lanes: all.filter((lane) => lane.clientId === clientId),
          readTo: MAX,
        })),
      );
      expect(await rig.store.lanesOf([], MAX, 100)).toEqual([]);
    });

    test('of tenants with the same ids of clients and endpoints are apart', async () => {
      await using rig = await setUp();
      const tenants = ['acme', 'default'];
      for (const tenantId of tenants) await rig.addEndpoint({ tenantId, id: 'main' });
      const ids = await addMessages(rig, ...tenants.map((tenantId) => ({ tenantId })));
      const to = await rig.store.horizon();
      const { lanes: all } = await rig.store.lanes(0n, to, 100);
      expect(new Map(all.map((lane) => [lane.tenantId, lane.ids]))).toEqual(
        new Map(tenants.map((tenantId, i) => [tenantId, [ids[i]]])),
      );
      const starts = tenants.map((tenantId) => ({ tenantId, clientId: 'client-1', from: 0n }));
      const pages = await rig.store.lanesOf(starts, to, 100);
      expect(pages.map((page) => page.lanes.map((lane) => lane.ids))).toEqual(ids.map((id) => [[id]]));
    });

    test('are read from a position on, below another, and never a part of a transaction', async () => {
      await using rig = await setUp();
      await rig.addEndpoint();
      await rig.addEndpoint({ clientId: 'client-2' });
      for (let i = 0; i < 3; i += 1) await addMessages(rig, {}, { clientId: 'client-2' });
      const { lanes: all } = await rig.store.lanes(0n, MAX, 100);
      const xids = [...new Set(all.map(({ xid }) => xid))];
      expect(all).toHaveLength(6);
      for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
        const read = [];
        for (let from = 0n; from < MAX; ) {
          const { lanes: page, readTo } = await rig.store.lanes(from, MAX, limit);
          expect(page.length % 2).toBe(0);
          expect(readTo).toBeGreaterThan(from);
          read.push(...page);
          from = readTo;
        }
        expect(read).toEqual(all);
      }
      expect((await rig.store.lanes(xids[1] as bigint, xids[2] as bigint, 100)).lanes).toEqual(
        all.slice(2, 4),
      );
      expect(await rig.store.lanes(MAX, MAX, 100)).toEqual({ lanes: [], readTo: MAX });
      const from = (clientId: string, xid: bigint | undefined) => ({
        tenantId: 'default',
        clientId,
        from: xid ?? MAX,
      });
      const starts = [from('client-1', xids[1]), from('client-2', xids[2]), from('client-1', MAX)];
      const pages = await rig.store.lanesOf(starts, MAX, 1);
      expect(pages.map(({ lanes }) => lanes.map(({ xid }) => xid))).toEqual([[xids[1]], [xids[2]], []]);
      expect(pages[0]?.readTo).toBe((xids[1] as bigint) + 1n);
      expect(pages[2]?.readTo).toBe(MAX);
    });

    test('of a transaction that is late hold back the horizon until it ends', async () => {
      await using rig = await setUp();
      await rig.addEndpoint();
      const [late, never] = [await rig.begin(), await rig.begin()];
      const first = await late.add({});
      await never.add({});
      const second = await addMessages(rig, {});
      const before = await rig.store.horizon();
      expect((await rig.store.lanes(0n, before, 100)).lanes).toEqual([]);
      await late.commit();
      await never.rollback();
      const after = await rig.store.horizon();
      expect(after).toBeGreaterThan(before);
      expect((await rig.store.lanes(before, after, 100)).lanes.map(({ ids }) => ids)).toEqual([
        first,
        second,
      ]);
    });
  });
}

function messages(setUp: () => Promise<DeliveryStoreRig>): void {
  test('messages are read by id with everything that a request needs', async () => {
    await using rig = await setUp();
    await rig.addEndpoint();
    const given = {
      tenantId: 'default',
      clientId: 'client-1',
      eventType: 'user-app',
      source: 'urn:test',
      eventId: 'e 1',
      payload: '"aGVsbG8="',
      payloadEncoding: 'base64' as const,
      contentType: 'text/plain',
      occurredAt: '2026-01-02T03:04:05.678901Z',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      attributes: '{"a": 1}',
      deliverAfterMs: 1_800_000_000_123,
    };
    const [full, bare] = await addMessages(rig, given, { payload: '{"n": 12.50}' });
    const read = await rig.store.messages([
      bare as string,
      '01900000-0000-7000-8000-000000000000',
      full as string,
    ]);
    expect(read.find(({ id }) => id === full)).toEqual({ ...given, id: full });
    expect(read.find(({ id }) => id === bare)).toMatchObject({
      payload: '{"n": 12.50}',
      payloadEncoding: null,
      occurredAt: null,
      attributes: null,
      deliverAfterMs: undefined,
    });
    expect(read).toHaveLength(2);
    expect(await rig.store.messages([])).toEqual([]);
  });
}
