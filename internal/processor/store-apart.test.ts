import { describe, expect, test } from 'vitest';
import { type StorableEvent, StoreError, type StoreOutcome } from './ports.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { storeApart, storeUnit, type Unit } from './store-apart.ts';

interface Names {
  readonly client?: string;
  readonly type?: string;
}

function event(id: string, { client = 'c1', type = 't1' }: Names = {}): StorableEvent {
  return storableEvent(plainEvent(id, { client_id: client, event_type: type }));
}

/** One unit for each client and event type, as on a standard queue. */
function unitsOf(events: readonly StorableEvent[]): Unit[] {
  const units = new Map<string, { positions: number[]; client: string; eventType: string }>();
  for (const [
    i,
    {
      event: { clientId, eventType },
    },
  ] of events.entries()) {
    const name = `${clientId}/${eventType}`;
    const unit = units.get(name) ?? { positions: [], client: clientId, eventType };
    unit.positions.push(i);
    units.set(name, unit);
  }
  return [...units.values()];
}

/** A store in which an event waits, or is refused, and every statement is counted. */
class Store {
  readonly stored = new Set<string>();
  readonly order: string[] = [];
  statements = 0;
  timeouts = 0;
  waits: (event: StorableEvent) => boolean = () => false;
  refused: (event: StorableEvent) => boolean = () => false;
  outcome: (event: StorableEvent) => StoreOutcome = ({ messageId }) => ({ kind: 'stored', messageId });

  async store(events: readonly StorableEvent[]): Promise<StoreOutcome[]> {
    this.statements += 1;
    if (events.some(this.waits)) {
      this.timeouts += 1;
      throw new StoreError('blocked', 'lock timeout', '55P03', undefined);
    }
    if (events.some(this.refused)) throw new StoreError('bad_row', 'refused', '22P05', undefined);
    for (const {
      event: { eventId },
    } of events) {
      if (!this.stored.has(eventId)) this.order.push(eventId);
      this.stored.add(eventId);
    }
    return events.map(this.outcome);
  }
}

async function apart(store: Store, events: readonly StorableEvent[]): Promise<string[]> {
  const outcomes = await storeApart(store, { events, units: () => unitsOf(events) });
  return outcomes.map(({ kind }) => kind);
}

/** Events of so many clients and types, in turn. */
function mixture(count: number, clients: number, types: number): StorableEvent[] {
  return Array.from({ length: count }, (_, i) =>
    event(String(i), { client: `c${i % clients}`, type: `t${Math.floor(i / clients) % types}` }),
  );
}

describe('a batch in which nothing waits', () => {
  test('is one statement', async () => {
    const store = new Store();
    expect(new Set(await apart(store, mixture(100, 10, 3)))).toEqual(new Set(['stored']));
    expect(store.statements).toBe(1);
  });

  test('has the one row taken out that PostgreSQL refuses', async () => {
    const store = new Store();
    store.refused = ({ event: { eventId } }) => eventId === '37';
    const kinds = await apart(store, mixture(100, 10, 3));
    expect(kinds.indexOf('refused_row')).toBe(37);
    expect(kinds.filter((kind) => kind === 'stored')).toHaveLength(99);
  });
});

describe('when another session holds the lock', () => {
  test.each([
    ['of a client', ({ event: { clientId } }: StorableEvent) => clientId === 'c7'],
    ['of an event type', ({ event: { eventType } }: StorableEvent) => eventType === 't1'],
    [
      'of a client and of an event type',
      ({ event: { clientId, eventType } }: StorableEvent) => clientId === 'c3' || eventType === 't0',
    ],
  ])('%s, what refers to it waits and all else is stored, within a few timeouts', async (_, waits) => {
    const store = new Store();
    store.waits = waits;
    const events = mixture(500, 50, 4);
    const kinds = await apart(store, events);
    expect(kinds).toEqual(events.map((each) => (waits(each) ? 'blocked' : 'stored')));
    expect(store.timeouts).toBeLessThan(25);
  });

  test('of one key of the ledger, only the events of that client and type wait', async () => {
    const store = new Store();
    store.waits = ({ event: { eventId } }) => eventId === '37';
    const events = mixture(500, 50, 4);
    const [unit] = unitsOf(events).filter(({ positions }) => positions.includes(37));
    const kinds = await apart(store, events);
    expect(kinds.flatMap((kind, i) => (kind === 'blocked' ? [i] : []))).toEqual(unit?.positions);
  });

  test('of many rows, the search ends and nothing is lost from sight', async () => {
    const store = new Store();
    store.waits = ({ event: { clientId, eventType } }) => `${clientId}${eventType}`.length % 2 === 1;
    const events = mixture(500, 499, 499).map((each, i) =>
      i % 2 === 0 ? each : event(String(i), { client: `x${i}`, type: `y${i}` }),
    );
    const kinds = await apart(store, events);
    expect(kinds).toHaveLength(500);
    expect(store.timeouts).toBeLessThan(150);
    for (const [i, kind] of kinds.entries())
      expect(kind === 'stored').toBe(store.stored.has(events[i]?.event.eventId ?? ''));
  });

  test('of a table, so that everything waits, it is as if PostgreSQL were away', async () => {
    const store = new Store();
    store.waits = () => true;
    await expect(apart(store, mixture(500, 50, 4))).rejects.toMatchObject({
      kind: 'unavailable',
      sqlState: '55P03',
    });
    expect(store.timeouts).toBeLessThan(15);
  });

  test('and PostgreSQL goes away meanwhile, that is what is told', async () => {
    const store = new Store();
    store.waits = ({ event: { clientId } }) => clientId === 'c7';
    store.outcome = () => {
      throw new StoreError('unavailable', 'gone', '57P01', undefined);
    };
    await expect(apart(store, mixture(100, 50, 4))).rejects.toMatchObject({
      kind: 'unavailable',
      sqlState: '57P01',
    });
  });
});

describe('a unit that waits already', () => {
  const events = Array.from({ length: 100 }, (_, i) => event(String(i)));

  test('is one statement while the lock is held', async () => {
    const store = new Store();
    store.waits = () => true;
    const outcomes = await storeUnit(store, events, { ordered: false, apart: false });
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['blocked']));
    expect(store.statements).toBe(1);
  });

  test('taken apart, keeps the one event that waits', async () => {
    const store = new Store();
    store.waits = ({ event: { eventId } }) => eventId === '37';
    const outcomes = await storeUnit(store, events, { ordered: false, apart: true });
    expect(outcomes.flatMap(({ kind }, i) => (kind === 'blocked' ? [i] : []))).toEqual([37]);
  });

  test('taken apart, of a message group, stores what comes before it, in its order, and nothing after it', async () => {
    const store = new Store();
    store.waits = ({ event: { eventId } }) => eventId === '37';
    const outcomes = await storeUnit(store, events, { ordered: true, apart: true });
    expect(outcomes.flatMap(({ kind }, i) => (kind === 'blocked' ? [] : [i]))).toEqual([...Array(37).keys()]);
    expect(store.order).toEqual([...Array(37).keys()].map(String));
  });

  test('taken apart, of a message group, stores nothing behind a schema that has changed', async () => {
    const store = new Store();
    store.waits = ({ event: { eventId } }) => eventId === '90';
    store.outcome = () => ({ kind: 'schema_changed' });
    const outcomes = await storeUnit(store, events, { ordered: true, apart: true });
    expect(outcomes.slice(0, 50).every(({ kind }) => kind === 'schema_changed')).toBe(true);
    expect(outcomes.slice(50).every(({ kind }) => kind === 'unresolved')).toBe(true);
  });
});
