import { describe, expect, test } from 'vitest';
import { plainEvent } from '../proof/kit/events.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { SchemaRegistry } from './schemas.ts';
import type { RowOutcome } from './row-outcome.ts';
import { storeEvents } from './store-events.ts';
import { type StorableEvent, StoreError } from './ports.ts';

const STRICT = JSON.stringify({ required: ['must'] });

/** Stores events; `answers` has what the store says of an event at each look, by its id: the last goes on for ever. */
async function store(
  events: readonly StorableEvent[],
  answers: Readonly<Record<string, readonly RowOutcome['kind'][]>>,
  registered: { readonly version: string; readonly schema: string | null } = { version: '2', schema: null },
) {
  const looks: { ids: string[]; positions: readonly number[]; versions: string[] }[] = [];
  const asked: (readonly { tenantId: string; eventType: string }[])[] = [];
  const error = new StoreError('bad_row', 'words of PostgreSQL', '22P05', undefined);
  const seen = new Map<string, number>();
  const answerOf = ({ event: { eventId }, messageId }: StorableEvent): RowOutcome => {
    const times = seen.get(eventId) ?? 0;
    seen.set(eventId, times + 1);
    const kinds = answers[eventId] ?? ['stored'];
    const kind = kinds[Math.min(times, kinds.length - 1)] as RowOutcome['kind'];
    return { kind, messageId, error, row: undefined };
  };
  const outcomes = await storeEvents(
    events,
    async (some, positions) => {
      looks.push({
        ids: some.map(({ event }) => event.eventId),
        positions,
        versions: some.map(({ schemaVersion }) => schemaVersion),
      });
      return some.map(answerOf);
    },
    {
      schemas: new SchemaRegistry(),
      store: {
        async schemas(names) {
          asked.push(names);
          return names.map((name) => ({ ...name, ...registered }));
        },
      },
    },
  );
  return { outcomes, looks, asked, kinds: outcomes.map(({ kind }) => kind) };
}

const events = (...ids: string[]) => ids.map((id) => storableEvent(plainEvent(id)));

describe('events', () => {
  test('have their outcomes in their order, however many looks each takes', async () => {
    const { outcomes, looks } = await store(events('a', 'b', 'c', 'd'), {
      b: ['unresolved', 'unresolved', 'duplicate'],
      c: ['unresolved', 'id_conflict'],
      d: ['blocked'],
    });
    expect(outcomes).toMatchObject([
      { kind: 'stored' },
      { kind: 'duplicate' },
      { kind: 'rejected', refusal: { reason: 'id_conflict' } },
      { kind: 'blocked' },
    ]);
    expect(looks.map(({ positions }) => positions)).toEqual([[0, 1, 2, 3], [1, 2], [1]]);
  });

  test('that are none take no look', async () => {
    expect((await store([], {})).looks).toEqual([]);
  });

  test('without an outcome after 50 looks are as if PostgreSQL were away', async () => {
    let looks = 0;
    const unresolved = async (): Promise<RowOutcome[]> => {
      looks += 1;
      return [{ kind: 'unresolved' }];
    };
    const ports = { schemas: new SchemaRegistry(), store: { schemas: async () => [] } };
    await expect(storeEvents(events('a'), unresolved, ports)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(looks).toBe(50);
  });

  test('that come with fewer outcomes than there are of them are a mistake of ours', async () => {
    const ports = { schemas: new SchemaRegistry(), store: { schemas: async () => [] } };
    await expect(storeEvents(events('a'), async () => [], ports)).rejects.toThrow('fewer outcomes');
  });
});

describe('a changed schema', () => {
  test('is fetched, and what meets it is stored under its version', async () => {
    const { kinds, looks, asked } = await store(events('a', 'b'), {
      a: ['schema_changed', 'stored'],
      b: ['unresolved', 'stored'],
    });
    expect(kinds).toEqual(['stored', 'stored']);
    expect(asked).toEqual([[{ tenantId: 'default', eventType: 'user-app' }]]);
    expect(looks.map(({ ids, versions }) => [ids, versions])).toEqual([
      [
        ['a', 'b'],
        ['0', '0'],
      ],
      [
        ['a', 'b'],
        ['2', '0'],
      ],
    ]);
  });

  test('rejects what does not meet it, without another look', async () => {
    const { outcomes, looks } = await store(
      events('a'),
      { a: ['schema_changed', 'stored'] },
      { version: '2', schema: STRICT },
    );
    expect(outcomes).toMatchObject([
      {
        kind: 'rejected',
        refusal: { reason: 'schema_violation', detail: expect.stringContaining("'must'") },
      },
    ]);
    expect(looks).toHaveLength(1);
  });

  test('is fetched once for all events of a type', async () => {
    const changed = ['schema_changed', 'stored'] as const;
    const others = [
      storableEvent(plainEvent('c', { event_type: 'other' })),
      storableEvent(plainEvent('d', { tenant_id: 'acme' })),
    ];
    const { asked } = await store([...events('a', 'b'), ...others], {
      a: changed,
      b: changed,
      c: changed,
      d: changed,
    });
    expect(asked).toEqual([
      [
        { tenantId: 'default', eventType: 'user-app' },
        { tenantId: 'default', eventType: 'other' },
        { tenantId: 'acme', eventType: 'user-app' },
      ],
    ]);
  });

  test('keeps the order of what is looked at again', async () => {
    const { looks } = await store(events('a', 'b', 'c'), {
      a: ['unresolved', 'stored'],
      b: ['schema_changed', 'stored'],
      c: ['unresolved', 'stored'],
    });
    expect(looks[1]?.ids).toEqual(['a', 'b', 'c']);
  });
});

test.each([
  ['unknown_tenant', 'unknown_tenant', 'tenant "acme" is not registered'],
  ['unknown_client', 'unknown_client', 'client "c" is not registered in tenant "acme"'],
  ['unknown_event_type', 'unknown_event_type', 'event type "t" is not registered in tenant "acme"'],
  [
    'id_conflict',
    'id_conflict',
    'source "s" already sent an event with id "a" and another type, client or payload; a new event needs a new id',
  ],
  ['refused_row', 'unstorable', 'PostgreSQL refused the event: words of PostgreSQL (SQLSTATE 22P05)'],
] as const)('%s is a rejection that says what is wrong', async (kind, reason, detail) => {
  const names = { tenant_id: 'acme', client_id: 'c', event_type: 't', source: 's' };
  const { outcomes } = await store([storableEvent(plainEvent('a', names))], { a: [kind] });
  expect(outcomes).toEqual([{ kind: 'rejected', refusal: { reason, detail } }]);
});

test('a long name is cut in what a rejection says', async () => {
  const named = storableEvent(plainEvent('x'.repeat(250)));
  const { outcomes } = await store([named], { [named.event.eventId]: ['id_conflict'] });
  expect(outcomes).toMatchObject([
    { refusal: { detail: expect.stringContaining(`id "${'x'.repeat(200)}…" and another`) } },
  ]);
});
