import { describe, expect, test, vi } from 'vitest';
import { mappingOf } from '../event/mapping/presets.ts';
import { StoreError } from './ports.ts';
import { plainBodies } from '../proof/kit/events.ts';
import { MemoryInbox } from '../proof/kit/memory-inbox.ts';
import { MemoryStore } from '../proof/kit/memory-store.ts';
import { processorOn } from '../proof/kit/processor.ts';
import { until } from '../proof/kit/until.ts';
import { Gate } from '../waiting/gate.ts';
import { keepMappings, loadMappings, MappingRegistry } from './mappings.ts';

const ORDERS = mappingOf('orders', {
  match: { '/order': null },
  type: 'user-app',
  client: 'client-3',
  id: '/order',
});
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

async function run(inbox: MemoryInbox, store: MemoryStore) {
  const processor = processorOn(inbox, store);
  const { signal } = new AbortController();
  await processor.run({ drain: signal, stop: signal });
  return processor.books;
}

describe('a processor', () => {
  test('takes what a mapping matches, from the first message on', async () => {
    const store = new MemoryStore();
    store.registeredMappings = [ORDERS];
    const inbox = new MemoryInbox();
    inbox.send(['{"order":1}', '{"other":1}', ...plainBodies(3)]);
    expect(await run(inbox, store)).toMatchObject({ stored: 4, rejected: 1 });
  });

  test('receives nothing until it has read them, however long that takes', async () => {
    const store = new MemoryStore();
    store.registeredMappings = [ORDERS];
    let tries = 0;
    store.beforeMappings = () => {
      tries += 1;
      if (tries < 3) throw new StoreError('unavailable', 'away', '08006', undefined);
    };
    const inbox = new MemoryInbox();
    let receives = 0;
    inbox.before = (operation) => {
      if (operation === 'receive') receives += 1;
      expect(tries).toBe(3);
    };
    inbox.send(['{"order":1}']);
    expect(await run(inbox, store)).toMatchObject({ stored: 1, rejected: 0 });
    expect(receives).toBeGreaterThan(0);
  });

  test('ends at the drain although it has not read them', async () => {
    const store = new MemoryStore();
    store.beforeMappings = () => {
      throw new StoreError('unavailable', 'away', '08006', undefined);
    };
    const inbox = new MemoryInbox();
    inbox.send(plainBodies(1));
    const processor = processorOn(inbox, store);
    const drain = new AbortController();
    const running = processor.run({ drain: drain.signal, stop: new AbortController().signal });
    drain.abort();
    await running;
    expect(processor.books).toMatchObject({ received: 0, balanced: true });
    expect(inbox.visible).toBe(1);
  });
});

test('a processor that cannot read them says so once, and why, until it can', async () => {
  const lines: unknown[][] = [];
  const log = {
    debug() {},
    info: (_: object, message: string) => lines.push(['info', message]),
    warn: (fields: { sqlState?: string }, message: string) => lines.push(['warn', fields.sqlState, message]),
    error() {},
  };
  const mappings = new MappingRegistry();
  const drain = new AbortController();
  const problem = new StoreError('unavailable', 'permission denied for table mapping', '42501', undefined);
  const problems: unknown[] = [];
  let refused = 4;
  const store = {
    async mappings() {
      problems.push(mappings.problem);
      refused -= 1;
      if (refused >= 0) throw problem;
      return { version: '1', mappings: [] };
    },
  };
  await loadMappings({ store, mappings, gate: new Gate(), log }, drain.signal);
  expect(problems).toEqual([undefined, problem, problem, problem, problem]);
  expect(mappings.problem).toBeUndefined();
  expect(lines).toEqual([
    ['warn', '42501', 'the mappings cannot be read; nothing is received before; trying again until they can'],
    ['info', 'the mappings can be read again'],
  ]);
});

describe('the mappings in memory', () => {
  test('are replaced when they are others, and asked for by version else', async () => {
    vi.useFakeTimers();
    try {
      const asked: (string | undefined)[] = [];
      const answers = [{ version: '2', mappings: [ORDERS] }, undefined, { version: '3', mappings: [] }];
      const mappings = new MappingRegistry();
      const drain = new AbortController();
      const store = {
        async mappings(known: string | undefined) {
          asked.push(known);
          return answers[asked.length - 1];
        },
      };
      const keeping = keepMappings({ store, mappings, gate: new Gate(), log }, drain.signal);
      await vi.advanceTimersByTimeAsync(3_000);
      expect(mappings.current.map(({ name }) => name)).toEqual(['orders']);
      await vi.advanceTimersByTimeAsync(6_000);
      expect(asked).toEqual([undefined, '2', '2']);
      expect(mappings.current).toEqual([]);
      drain.abort();
      await keeping;
    } finally {
      vi.useRealTimers();
    }
  });

  test('leave out those that cannot be used, and say which', () => {
    const mappings = new MappingRegistry();
    const wrong = { ...ORDERS, name: 'wrong', client: '/~' };
    expect(mappings.update({ version: '1', mappings: [wrong, ORDERS] })).toEqual([
      'wrong: client: /~ is no JSON pointer (RFC 6901)',
    ]);
    expect(mappings.current.map(({ name }) => name)).toEqual(['orders']);
    expect(mappings.version).toBe('1');
  });

  test('stay as they are while the store is away', async () => {
    vi.useFakeTimers();
    try {
      const mappings = new MappingRegistry();
      mappings.update({ version: '1', mappings: [ORDERS] });
      const drain = new AbortController();
      const store = {
        mappings: async () => {
          throw new StoreError('unavailable', 'away', '08006', undefined);
        },
      };
      const keeping = keepMappings({ store, mappings, gate: new Gate(), log }, drain.signal);
      await vi.advanceTimersByTimeAsync(9_000);
      expect(mappings.current).toHaveLength(1);
      drain.abort();
      await keeping;
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a rejection is replayed once a mapping takes it', async () => {
  const { replayRejections } = await import('./replay.ts');
  const { SchemaRegistry } = await import('./schemas.ts');
  const store = new MemoryStore();
  const inbox = new MemoryInbox();
  inbox.send(['{"order":7}'], () => 'sqs-1');
  await run(inbox, store);
  const open = [...store.rejections.values()];
  expect(open).toMatchObject([{ reason: 'invalid_envelope' }]);
  const mappings = new MappingRegistry();
  mappings.update({ version: '1', mappings: [ORDERS] });
  await replayRejections(open, { store, schemas: new SchemaRegistry(), mappings, maxExpandedBytes: 1_000 });
  expect([...store.messages.values()]).toMatchObject([{ event: { eventId: '7' } }]);
  await until(() => [...store.rejections.values()][0]?.state === 'replayed', { what: 'it to be settled' });
});
