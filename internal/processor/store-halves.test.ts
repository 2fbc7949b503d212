import { describe, expect, test } from 'vitest';
import { plainEvent } from '../proof/kit/events.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { type StorableEvent, StoreError, type StoreOutcome } from './ports.ts';
import { storeHalves } from './store-halves.ts';

const events = (count: number) => Array.from({ length: count }, (_, i) => storableEvent(plainEvent(i)));

/** Stores events of which some are refused, or are of a changed schema, by their ids. */
async function store(
  count: number,
  { refused = [], changed = [] }: { refused?: number[]; changed?: number[] },
) {
  const statements: number[] = [];
  const order: number[] = [];
  const idOf = ({ event }: StorableEvent) => Number(event.eventId);
  const outcomes = await storeHalves(
    {
      async store(some) {
        statements.push(some.length);
        const ids = some.map(idOf);
        if (ids.some((id) => refused.includes(id)))
          throw new StoreError('bad_row', 'refused', '22P05', undefined);
        const isHeldBack = ids.some((id) => changed.includes(id));
        if (!isHeldBack) order.push(...ids);
        return some.map((each): StoreOutcome => {
          if (changed.includes(idOf(each))) return { kind: 'schema_changed' };
          return isHeldBack ? { kind: 'unresolved' } : { kind: 'stored', messageId: each.messageId };
        });
      },
    },
    events(count),
  );
  return { kinds: outcomes.map(({ kind }) => kind), statements, order };
}

describe('a statement', () => {
  test('of which no row is refused is the only one', async () => {
    expect((await store(8, {})).statements).toEqual([8]);
  });

  test('with a refused row is split until that row stands alone, and all others are stored in their order', async () => {
    const { kinds, statements, order } = await store(8, { refused: [5] });
    expect(kinds.flatMap((kind, i) => (kind === 'refused_row' ? [i] : []))).toEqual([5]);
    expect(order).toEqual([0, 1, 2, 3, 4, 6, 7]);
    expect(statements).toEqual([8, 4, 4, 2, 1, 1, 2]);
  });

  test('of which many rows are refused costs no more than a few statements beyond one for each', async () => {
    const all = [...Array(200).keys()];
    const { kinds, statements } = await store(200, { refused: all });
    expect(new Set(kinds)).toEqual(new Set(['refused_row']));
    expect(statements.length).toBeLessThan(220);
  });

  test('of which a schema has changed holds back what follows, and nothing before', async () => {
    const { kinds, order } = await store(8, { refused: [1], changed: [3] });
    expect(order).toEqual([0]);
    expect(kinds).toEqual([
      'stored',
      'refused_row',
      'unresolved',
      'schema_changed',
      'unresolved',
      'unresolved',
      'unresolved',
      'unresolved',
    ]);
  });
});

test.each(['blocked', 'unavailable'] as const)(
  'an error that is no refused row is thrown: %s',
  async (kind) => {
    const failing = {
      async store(): Promise<StoreOutcome[]> {
        throw new StoreError(kind, 'words', undefined, undefined);
      },
    };
    await expect(storeHalves(failing, events(2))).rejects.toMatchObject({ kind });
  },
);
