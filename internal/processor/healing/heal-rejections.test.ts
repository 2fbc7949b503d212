import { describe, expect, test } from 'vitest';
import { type StorableEvent, StoreError } from '../ports.ts';
import { MappingRegistry } from '../mappings.ts';
import { SchemaRegistry } from '../schemas.ts';
import { plainEvent } from '../../proof/kit/events.ts';
import { waiting } from '../../proof/kit/healing-contract.ts';
import { MemoryHealing } from '../../proof/kit/memory-healing.ts';
import { MemoryInbox } from '../../proof/kit/memory-inbox.ts';
import { MemoryStore } from '../../proof/kit/memory-store.ts';
import { processorOn } from '../../proof/kit/processor.ts';
import { until } from '../../proof/kit/until.ts';
import { healRejections } from './heal-rejections.ts';

interface Line {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

function noMappings(): MappingRegistry {
  const mappings = new MappingRegistry();
  mappings.update({ version: '1', mappings: [] });
  return mappings;
}

function start(store: MemoryStore, healing = new MemoryHealing(store)) {
  const lines: Line[] = [];
  const log = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [
      level,
      (fields: Record<string, unknown>, message: string) => lines.push({ level, fields, message }),
    ]),
  ) as unknown as Parameters<typeof healRejections>[0]['log'];
  const drain = new AbortController();
  const counted = { replayed: 0 };
  const ended = healRejections(
    {
      healing,
      store,
      schemas: new SchemaRegistry(),
      mappings: noMappings(),
      maxExpandedBytes: 1_000_000,
      intervalSeconds: 0.02,
      log,
      replayed: (rejections) => {
        counted.replayed += rejections;
      },
    },
    drain.signal,
  );
  const end = async () => {
    drain.abort();
    await ended;
  };
  return { healing, lines, counted, end };
}

const states = (store: MemoryStore) => [...store.rejections.values()].map(({ state }) => state);
const stored = (store: MemoryStore) => [...store.messages.values()].map(({ event }) => event.eventId).sort();

describe('rejections for a missing registration', () => {
  test('come right by themselves once it is there, and only once', async () => {
    const inbox = new MemoryInbox();
    const store = new MemoryStore();
    inbox.send([
      JSON.stringify(plainEvent(1, { client_id: 'late' })),
      JSON.stringify([plainEvent(2), plainEvent(3, { client_id: 'late' })]),
    ]);
    const { signal } = new AbortController();
    await processorOn(inbox, store).run({ drain: signal, stop: signal });
    expect(states(store)).toEqual(['open', 'open']);
    const { healing, counted, end } = start(store);
    healing.register({ tenantId: 'default', clientId: 'late' });
    await until(() => counted.replayed === 2, { what: 'the replays' });
    await end();
    expect(stored(store)).toEqual(['1', '2', '3']);
    expect(states(store)).toEqual(['replayed', 'replayed']);
    expect(counted.replayed).toBe(2);
  });

  test('are left alone, by an error that nobody expected of one, without harm to the others', async () => {
    const store = new MemoryStore();
    await store.reject(['a', 'poison', 'b'].map((id) => waiting(id, 'late')));
    store.before = (_operation, events: readonly StorableEvent[]) => {
      if (events.some(({ event }) => event.eventId === 'poison')) throw new TypeError('not foreseen');
    };
    const { healing, lines, end } = start(store);
    healing.register({ tenantId: 'default', clientId: 'late' });
    await until(() => store.messages.size === 2, { what: 'the others' });
    await end();
    expect(states(store)).toEqual(['replayed', 'open', 'replayed']);
    expect(lines).toContainEqual({
      level: 'error',
      fields: expect.objectContaining({
        id: expect.stringContaining('poison'),
        err: new TypeError('not foreseen'),
      }),
      message: 'rejections could not be decided again, for an error of ours',
    });
  });

  test('of other tasks are healed while those of one cannot be written', async () => {
    const store = new MemoryStore();
    const names = Array.from({ length: 30 }, (_, i) => `client-${i + 10}`);
    await store.reject(names.map((name) => waiting(name, name)));
    // As when an application holds a lock on the row of one client.
    store.before = (_operation, events) => {
      if (events.some(({ event }) => event.clientId === 'client-20'))
        throw new StoreError('blocked', 'canceling statement due to lock timeout', '55P03', undefined);
    };
    const { healing, end } = start(store);
    for (const clientId of names) healing.register({ tenantId: 'default', clientId });
    await until(() => store.messages.size === 29, { what: 'all but one' });
    store.before = () => {};
    await until(() => store.messages.size === 30, { what: 'the last one' });
    await end();
  });

  test('wait until PostgreSQL is back', async () => {
    const store = new MemoryStore();
    await store.reject([waiting('a', 'late')]);
    const healing = new MemoryHealing(store);
    let failures = 0;
    healing.before = () => {
      failures += 1;
      throw new StoreError('unavailable', 'connection refused', '08006', undefined);
    };
    const { lines, end } = start(store, healing);
    healing.register({ tenantId: 'default', clientId: 'late' });
    await until(() => failures > 2, { what: 'failures' });
    healing.before = () => {};
    await until(() => store.messages.size === 1, { what: 'the replay' });
    await end();
    expect(lines.filter(({ level }) => level === 'warn').length).toBe(1); // however often it failed
  });

  test('are told of in one line, with sums, however many pages they take', async () => {
    const store = new MemoryStore();
    await store.reject(Array.from({ length: 2_500 }, (_, i) => waiting(`m-${i}`, 'late')));
    await store.reject([waiting('refused', 'late', 'checked')]);
    store.register('default', 'checked', '1', { type: 'string' });
    const { healing, lines, end } = start(store);
    healing.register({ tenantId: 'default', clientId: 'late' });
    const refused = () => [...store.rejections.values()].some(({ reason }) => reason === 'schema_violation');
    await until(() => store.messages.size === 2_500 && refused(), { what: 'the replays' });
    await end();
    const told = lines.filter(({ level }) => level === 'info');
    expect(told.length).toBeLessThanOrEqual(2); // the first page, and the rest at the end
    const sum = (key: string) => told.reduce((total, { fields }) => total + Number(fields[key]), 0);
    expect([sum('replayed'), sum('refused')]).toEqual([2_500, 1]);
  });
});

test('a process that does not get the turn leaves the healing to the other', async () => {
  const store = new MemoryStore();
  await store.reject(Array.from({ length: 300 }, (_, i) => waiting(`m-${i}`, 'late')));
  const healing = new MemoryHealing(store);
  const [first, second] = [start(store, healing), start(store, healing)];
  healing.register({ tenantId: 'default', clientId: 'late' });
  await until(() => store.messages.size === 300, { what: 'the replays' });
  await first.end();
  await second.end();
  expect(first.counted.replayed + second.counted.replayed).toBe(300);
});
