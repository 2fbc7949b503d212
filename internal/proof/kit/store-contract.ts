import { describe, expect, test } from 'vitest';
import type { StorableEvent } from '../../processor/ports.ts';
import { plainEvent } from './events.ts';
import { registryContract } from './registry-contract.ts';
import { rejectionsContract } from './rejections-contract.ts';
import { storableEvent as storable } from './storable.ts';
import type { StoreRig } from './store-rig.ts';

const kinds = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);
const idsOf = (events: readonly StorableEvent[]) => events.map(({ messageId }) => messageId).sort();
const stored = async (rig: StoreRig) => (await rig.messageIds()).sort();

/** An event with the id `a` and that payload, given as JSON text. */
const withPayload = (payload: string) =>
  storable(
    `{"event_type":"user-app","client_id":"client-3","source":"test","event_id":"a","message":${payload}}`,
  );

const cloudEvent = (data: object) =>
  storable({
    specversion: '1.0',
    id: 'a',
    source: 'test',
    type: 'user-app',
    clientid: 'client-3',
    datacontenttype: 'text/plain',
    ...data,
  });

/** The contract of every Store. */
export function storeContract(name: string, setUp: () => Promise<StoreRig>): void {
  describe(`the store ${name}`, () => {
    outcomes(setUp);
    contentOfAnEvent(setUp);
    changedSchemas(setUp);
    rejectionsContract(setUp);
    registryContract(setUp);
  });
}

function outcomes(setUp: () => Promise<StoreRig>): void {
  test('returns an outcome for every event of a batch, in order', async () => {
    await using rig = await setUp();
    await rig.addTenant('other');
    await rig.addClient('other', 'theirs');
    const first = storable(plainEvent('a'));
    const second = storable(plainEvent('b'));
    expect(await rig.store.store([first])).toEqual([{ kind: 'stored', messageId: first.messageId }]);
    expect(
      await rig.store.store([
        second,
        storable(plainEvent('c', { tenant_id: 'nobody' })),
        storable(plainEvent('a')),
        storable(plainEvent('d', { client_id: 'theirs' })),
        storable(plainEvent('e', { event_type: 'unknown' })),
        storable(plainEvent('a', { message: { n: 2 } })),
      ]),
    ).toEqual([
      { kind: 'stored', messageId: second.messageId },
      { kind: 'unknown_tenant' },
      { kind: 'duplicate', messageId: first.messageId },
      { kind: 'unknown_client' },
      { kind: 'unknown_event_type' },
      { kind: 'id_conflict' },
    ]);
    expect(await stored(rig)).toEqual(idsOf([first, second]));
  });

  test('reports an unknown tenant before a client, and a client before an event type', async () => {
    await using rig = await setUp();
    const [client_id, event_type] = ['nobody', 'nothing'];
    expect(
      kinds(
        await rig.store.store([
          storable(plainEvent('a', { tenant_id: 'nobody', client_id, event_type })),
          storable(plainEvent('b', { client_id, event_type })),
          storable(plainEvent('c', { event_type })),
        ]),
      ),
    ).toEqual(['unknown_tenant', 'unknown_client', 'unknown_event_type']);
  });

  test('says stored again, with the same ids, when a batch whose answer was lost is stored again', async () => {
    await using rig = await setUp();
    const batch = [storable(plainEvent('a')), storable(plainEvent('b'))];
    const first = await rig.store.store(batch);
    expect(kinds(first)).toEqual(['stored', 'stored']);
    expect(await rig.store.store(batch)).toEqual(first);
    expect(await stored(rig)).toEqual(idsOf(batch));
  });

  test('stores the first of two events with one identity in a batch, and leaves the second unresolved', async () => {
    await using rig = await setUp();
    const firsts = Array.from({ length: 20 }, (_, i) => storable(plainEvent(i)));
    const equals = Array.from({ length: 20 }, (_, i) => storable(plainEvent(i)));
    const others = Array.from({ length: 20 }, (_, i) => storable(plainEvent(i, { message: { n: 2 } })));
    const batch = firsts.flatMap((first, i) => [first, (i % 2 === 0 ? equals : others)[i] as StorableEvent]);
    expect(kinds(await rig.store.store(batch))).toEqual(firsts.flatMap(() => ['stored', 'unresolved']));
    expect(await stored(rig)).toEqual(idsOf(firsts));
    expect(new Set(kinds(await rig.store.store(equals)))).toEqual(new Set(['duplicate']));
    expect(new Set(kinds(await rig.store.store(others)))).toEqual(new Set(['id_conflict']));
  });

  test('keeps tenants apart that use the same source and id', async () => {
    await using rig = await setUp();
    await rig.addTenant('other');
    await rig.addClient('other', 'client-3');
    await rig.setEventType('other', 'user-app', null);
    const both = [storable(plainEvent('a')), storable(plainEvent('a', { tenant_id: 'other' }))];
    expect(kinds(await rig.store.store(both))).toEqual(['stored', 'stored']);
    expect(await stored(rig)).toEqual(idsOf(both));
  });

  test('stores an event once its names are registered', async () => {
    await using rig = await setUp();
    const event = storable(plainEvent('a', { client_id: 'late', event_type: 'late' }));
    expect(kinds(await rig.store.store([event]))).toEqual(['unknown_client']);
    await rig.addClient('default', 'late');
    expect(kinds(await rig.store.store([event]))).toEqual(['unknown_event_type']);
    await rig.setEventType('default', 'late', null);
    expect(kinds(await rig.store.store([event]))).toEqual(['stored']);
  });

  test('reports a refused row, and stores nothing of its batch', async () => {
    await using rig = await setUp();
    const good = storable(plainEvent('good'));
    await expect(rig.store.store([good, rig.badRow('bad')])).rejects.toMatchObject({
      name: 'StoreError',
      kind: 'bad_row',
      sqlState: expect.stringMatching(/^(21|22|23|54)/),
    });
    expect(await stored(rig)).toEqual([]);
    expect(kinds(await rig.store.store([good]))).toEqual(['stored']);
  });

  test('returns nothing for an empty batch', async () => {
    await using rig = await setUp();
    expect(await rig.store.store([])).toEqual([]);
    expect(await rig.store.schemas([])).toEqual([]);
    await rig.store.reject([]);
    await rig.store.settle([]);
    expect(await rig.rejections()).toEqual([]);
  });
}

function contentOfAnEvent(setUp: () => Promise<StoreRig>): void {
  describe('the same identity again', () => {
    const PAYLOAD = '{"x":1,"y":[1,2],"z":{"a":2.50,"b":"é"}}';

    /**
     * Stores an event with the id `a` and that payload, then each of these. Returns their outcomes by name.
     */
    async function outcomesAfter(rig: StoreRig, again: Readonly<Record<string, StorableEvent>>) {
      const first = withPayload(PAYLOAD);
      await rig.store.store([first]);
      const answers = await rig.store.store(Object.values(again));
      expect(await stored(rig)).toEqual([first.messageId]);
      const duplicates = answers.filter(({ kind }) => kind === 'duplicate');
      expect(duplicates).toEqual(duplicates.map(({ kind }) => ({ kind, messageId: first.messageId })));
      return Object.fromEntries(Object.keys(again).map((words, i) => [words, answers[i]?.kind]));
    }

    const all = (again: Readonly<Record<string, StorableEvent>>, kind: string) =>
      Object.fromEntries(Object.keys(again).map((words) => [words, kind]));

    test('is a duplicate when its content has the same value in any notation', async () => {
      await using rig = await setUp();
      const time = { occurred_at: '2026-01-01T00:00:00Z' };
      const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
      const again = {
        'as it was': withPayload(PAYLOAD),
        'keys in another order': withPayload('{"z":{"b":"é","a":2.50},"y":[1,2],"x":1}'),
        'numbers in another notation': withPayload('{"x":1.0,"y":[1e0,20e-1],"z":{"a":2.5,"b":"é"}}'),
        'other whitespace': withPayload('{ "x": 1,\n"y": [ 1, 2 ],\t"z": {"a":2.50, "b":"é"} }'),
        'an escaped character': withPayload('{"x":1,"y":[1,2],"z":{"a":2.50,"b":"\\u00e9"}}'),
        'another time and trace': storable(
          plainEvent('a', { message: JSON.parse(PAYLOAD), ...time, ...trace }),
        ),
        'another time of delivery': storable(
          plainEvent('a', { message: JSON.parse(PAYLOAD), deliver_after: '2026-01-01T00:00:00Z' }),
        ),
      };
      expect(await outcomesAfter(rig, again)).toEqual(all(again, 'duplicate'));
    });

    test('is a conflict when its client, type or payload differs, and changes nothing', async () => {
      await using rig = await setUp();
      const message = JSON.parse(PAYLOAD);
      const again = {
        'another client': storable(plainEvent('a', { message, client_id: 'client-1' })),
        'another type': storable(plainEvent('a', { message, event_type: 'monitor-app' })),
        'another number': withPayload('{"x":1.01,"y":[1,2],"z":{"a":2.50,"b":"é"}}'),
        'a text for a number': withPayload('{"x":"1","y":[1,2],"z":{"a":2.50,"b":"é"}}'),
        'items in another order': withPayload('{"x":1,"y":[2,1],"z":{"a":2.50,"b":"é"}}'),
        'one member more': withPayload('{"x":1,"y":[1,2],"z":{"a":2.50,"b":"é","c":null}}'),
        'an array around it': withPayload(`[${PAYLOAD}]`),
      };
      expect(await outcomesAfter(rig, again)).toEqual(all(again, 'id_conflict'));
    });

    test('is a conflict when the same text is Base64 of bytes', async () => {
      await using rig = await setUp();
      await rig.store.store([cloudEvent({ data: 'aGk=' })]);
      const again = [cloudEvent({ data_base64: 'aGk=' }), cloudEvent({ data: 'aGk=' })];
      expect(kinds(await rig.store.store(again))).toEqual(['id_conflict', 'duplicate']);
    });
  });
}

function changedSchemas(setUp: () => Promise<StoreRig>): void {
  describe('an event validated with a schema other than the registered one', () => {
    test('holds back its whole batch, to keep the order', async () => {
      await using rig = await setUp();
      const first = storable(plainEvent('a'));
      await rig.store.store([first]);
      const held = await rig.store.store([
        storable(plainEvent('b')),
        storable(plainEvent('c'), { schemaVersion: '7' }),
        storable(plainEvent('a')),
        first,
        storable(plainEvent('a', { message: 'other' })),
        storable(plainEvent('d', { client_id: 'nobody' })),
      ]);
      expect(held).toEqual([
        { kind: 'unresolved' },
        { kind: 'schema_changed' },
        { kind: 'duplicate', messageId: first.messageId },
        { kind: 'stored', messageId: first.messageId },
        { kind: 'id_conflict' },
        { kind: 'unknown_client' },
      ]);
      expect(await stored(rig)).toEqual([first.messageId]);
    });

    test('is reported as schema_changed before it is reported as a duplicate', async () => {
      await using rig = await setUp();
      await rig.store.store([storable(plainEvent('a'))]);
      const again = storable(plainEvent('a'), { schemaVersion: '7' });
      expect(kinds(await rig.store.store([again]))).toEqual(['schema_changed']);
    });

    test('holds nothing back when its client is unknown, because it is not stored anyway', async () => {
      await using rig = await setUp();
      const unknown = storable(plainEvent('a', { client_id: 'nobody' }), { schemaVersion: '7' });
      expect(kinds(await rig.store.store([unknown, storable(plainEvent('b'))]))).toEqual([
        'unknown_client',
        'stored',
      ]);
    });

    test('is stored with the version that the store returns', async () => {
      await using rig = await setUp();
      await rig.setEventType('default', 'user-app', '{"type": "object"}');
      const [schema] = await rig.store.schemas([{ tenantId: 'default', eventType: 'user-app' }]);
      const event = storable(plainEvent('a'));
      expect(kinds(await rig.store.store([event]))).toEqual(['schema_changed']);
      const validated = { ...event, schemaVersion: schema?.version ?? '' };
      expect(kinds(await rig.store.store([validated]))).toEqual(['stored']);
    });
  });
}
