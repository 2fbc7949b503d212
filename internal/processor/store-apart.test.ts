import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type AwaitedLock, type StorableEvent, StoreError, type StoreOutcome } from './ports.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { SEARCH_LOCK_TIMEOUT_MS, storeApart, storeUnit } from './store-apart.ts';
import { namesOfEvent, unitsOf } from './units.ts';

interface Names {
  readonly client?: string;
  readonly type?: string;
  readonly tenant?: string;
}

function event(id: string, { client = 'c1', type = 't1', tenant = 'default' }: Names = {}): StorableEvent {
  return storableEvent(plainEvent(id, { client_id: client, event_type: type, tenant_id: tenant }));
}

/** One unit for each client and event type, as on a standard queue. */
const units = (events: readonly StorableEvent[]) => unitsOf(events.map(({ event }) => namesOfEvent(event)));

/** A store in which an event waits, or is refused, and every statement is counted. */
class Store {
  readonly stored = new Set<string>();
  readonly order: string[] = [];
  statements = 0;
  timeouts = 0;
  waits: (event: StorableEvent) => boolean = () => false;
  /** The lock that the first waiting event waits for, as far as the store reports it. */
  awaits: (event: StorableEvent) => AwaitedLock | undefined = () => undefined;
  refused: (event: StorableEvent) => boolean = () => false;
  outcome: (event: StorableEvent) => StoreOutcome = ({ messageId }) => ({ kind: 'stored', messageId });

  async store(events: readonly StorableEvent[]): Promise<StoreOutcome[]> {
    this.statements += 1;
    const waiting = events.find(this.waits);
    if (waiting !== undefined) {
      this.timeouts += 1;
      throw new StoreError('blocked', 'lock timeout', '55P03', undefined, this.awaits(waiting));
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
  const outcomes = await storeApart(store, { events, units: () => units(events) });
  return outcomes.map(({ kind }) => kind);
}

/** Returns events of this many clients and types, in turn. */
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
    ['of a client', 'c7', ({ event: { clientId } }: StorableEvent) => clientId === 'c7'],
    ['of an event type', '', ({ event: { eventType } }: StorableEvent) => eventType === 't1'],
    [
      'of a client and of an event type',
      'c3',
      ({ event: { clientId, eventType } }: StorableEvent) => clientId === 'c3' || eventType === 't0',
    ],
  ])(
    '%s, what refers to it waits and all else is stored, within a few timeouts',
    async (_, locked, waits) => {
      const store = new Store();
      store.waits = waits;
      store.awaits = ({ event: { clientId } }) => ({
        table: clientId === locked ? 'client' : 'event_type',
        row: undefined,
      });
      const events = mixture(500, 50, 4);
      const kinds = await apart(store, events);
      expect(kinds).toEqual(events.map((each) => (waits(each) ? 'blocked' : 'stored')));
      expect(store.timeouts).toBeLessThan(25);
    },
  );

  test('of one key of the ledger, only the events of that client and type wait', async () => {
    const store = new Store();
    store.waits = ({ event: { eventId } }) => eventId === '37';
    const events = mixture(500, 50, 4);
    const [unit] = units(events).filter(({ positions }) => positions.includes(37));
    const kinds = await apart(store, events);
    expect(kinds.flatMap((kind, i) => (kind === 'blocked' ? [i] : []))).toEqual(unit?.positions);
  });

  test('of many rows, the search ends after two seconds and nothing is lost from sight', async () => {
    const store = new Store();
    vi.spyOn(performance, 'now').mockImplementation(() => store.timeouts * SEARCH_LOCK_TIMEOUT_MS);
    onTestFinished(() => void vi.restoreAllMocks());
    store.waits = ({ event: { clientId, eventType } }) => `${clientId}${eventType}`.length % 2 === 1;
    const events = mixture(500, 499, 499).map((each, i) =>
      i % 2 === 0 ? each : event(String(i), { client: `x${i}`, type: `y${i}` }),
    );
    const kinds = await apart(store, events);
    expect(kinds).toHaveLength(500);
    expect(store.timeouts).toBeLessThan(60);
    for (const [i, kind] of kinds.entries())
      expect(kind === 'stored').toBe(store.stored.has(events[i]?.event.eventId ?? ''));
  });

  test('of everything, everything waits, and nothing is taken for PostgreSQL being away', async () => {
    const store = new Store();
    store.waits = () => true;
    store.awaits = ({ event: { tenantId, clientId } }) => ({
      table: 'client',
      row: { tenantId, name: clientId },
    });
    expect(new Set(await apart(store, mixture(500, 50, 4)))).toEqual(new Set(['blocked']));
    expect(store.timeouts).toBe(50);
  });

  test.each([
    ['is told', true, 21],
    ['is not told, only its table', false, 300],
  ])('of 20 clients of one tenant, all else is stored, each row %s', async (_, isTold, mostTimeouts) => {
    const store = new Store();
    store.waits = ({ event: { clientId } }) => Number(clientId.slice(1)) < 20;
    store.awaits = ({ event: { tenantId, clientId } }) => ({
      table: 'client',
      row: isTold ? { tenantId, name: clientId } : undefined,
    });
    const events = mixture(500, 50, 4);
    expect(await apart(store, events)).toEqual(
      events.map((each) => (store.waits(each) ? 'blocked' : 'stored')),
    );
    expect(store.timeouts).toBeLessThan(mostTimeouts);
  });

  test('of clients of two tenants stopped every tenant: those of which nothing waits come first', async () => {
    const store = new Store();
    const events = [
      event('1', { tenant: 'a' }),
      event('2', { tenant: 'b' }),
      event('3', { tenant: 'free' }),
      event('4', { tenant: 'a', client: 'free' }),
    ];
    store.waits = ({ event: { clientId, tenantId } }) => clientId === 'c1' && tenantId !== 'free';
    store.awaits = ({ event: { tenantId, clientId } }) => ({
      table: 'client',
      row: { tenantId, name: clientId },
    });
    expect(await apart(store, events)).toEqual(['blocked', 'blocked', 'stored', 'stored']);
    expect(store.order).toEqual(['3', '4']);
    expect(store.timeouts).toBe(2);
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
