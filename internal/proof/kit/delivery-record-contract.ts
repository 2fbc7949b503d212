import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { mintUuid7, uuid7LowerBound } from '../../event/uuid7.ts';
import { type AttemptFact, type Mark, type Owner, type Retry, SHARDS } from '../../sender/ports.ts';
import { addMessages, type DeliveryStoreRig, NOTHING } from './delivery-store-rig.ts';

const FIRST = uuid7LowerBound(0);

async function holding(rig: DeliveryStoreRig) {
  const owner: Owner = { id: randomUUID(), name: 'test', leaseSeconds: 40 };
  const { held } = await rig.store.hold(owner, []);
  return { owner, held };
}

function factOf(endpoint: number, messageId: string, given: Partial<AttemptFact> = {}): AttemptFact {
  return {
    endpoint,
    unit: 0,
    messageId,
    id: mintUuid7(),
    number: 1,
    outcome: 'delivered',
    status: 200,
    error: undefined,
    response: undefined,
    milliseconds: 12,
    bodyDigest: '00112233445566778899aabbccddeeff',
    ...given,
  };
}

function retryOf(endpoint: number, messageId: string, given: Partial<Retry> = {}): Retry {
  return {
    endpoint,
    unit: 0,
    messageId,
    dueAtMs: 1_800_000_000_000,
    attempts: 1,
    firstFailedAtMs: 1_700_000_000_123,
    lastStatus: 503,
    lastError: 'timeout: "x"',
    ...given,
  };
}

/** What `record` writes, for whom, and what is read back of it. */
export function recordContract(setUp: () => Promise<DeliveryStoreRig>): void {
  describe('record', () => {
    written(setUp);
    fenced(setUp);
    settled(setUp);
  });
}

function written(setUp: () => Promise<DeliveryStoreRig>): void {
  test('writes facts once, however often they come', async () => {
    await using rig = await setUp();
    const number = await rig.addEndpoint();
    const [a, b] = (await addMessages(rig, {}, {})) as [string, string];
    const { owner, held } = await holding(rig);
    const facts = [
      factOf(number, a),
      factOf(number, b, {
        unit: 3,
        number: 4,
        outcome: 'failed',
        status: undefined,
        error: 'timeout: nothing came',
        response: 'größer\t"\\',
        bodyDigest: undefined,
      }),
    ];
    expect(await rig.store.record(owner, { ...NOTHING, held, facts })).toEqual([]);
    await rig.store.record(owner, { ...NOTHING, held, facts: [...facts, factOf(number, b)] });
    const read = await rig.facts();
    expect(read).toHaveLength(3);
    expect(read).toEqual(expect.arrayContaining(facts));
  });

  test('puts retries in the place of those with the same key, and reads them in the order in which they are due', async () => {
    await using rig = await setUp();
    const [one, two] = [await rig.addEndpoint(), await rig.addEndpoint()];
    const [a, b] = (await addMessages(rig, {}, {})) as [string, string];
    const { owner, held } = await holding(rig);
    const later = retryOf(one, a, { dueAtMs: 1_900_000_000_001, attempts: 2, lastStatus: undefined });
    const delayed = retryOf(one, b, { attempts: 0, firstFailedAtMs: undefined, lastError: undefined });
    const replayed = retryOf(one, a, { unit: 7, dueAtMs: 1_900_000_000_000 });
    const other = retryOf(two, a);
    await rig.store.record(owner, { ...NOTHING, held, retries: [retryOf(one, a), other] });
    await rig.store.record(owner, { ...NOTHING, held, retries: [retryOf(one, a), later, delayed, replayed] });
    expect(await rig.store.retries([one], 10)).toEqual([delayed, replayed, later]);
    expect(await rig.store.retries([one], 2)).toEqual([delayed, replayed, later]);
    expect(new Set(await rig.store.retries([one, two], 1))).toEqual(new Set([delayed, other, later]));
    expect(await rig.store.retries([], 1)).toEqual([]);
  });

  test('after the retries that are due first, reads the first automatic one that has failed', async () => {
    await using rig = await setUp();
    const number = await rig.addEndpoint();
    const [a, b, c] = (await addMessages(rig, {}, {}, {})) as [string, string, string];
    const { owner, held } = await holding(rig);
    const delayed = retryOf(number, a, { dueAtMs: 1_800_000_000_000, lastError: undefined });
    const replayed = retryOf(number, a, { dueAtMs: 1_800_000_000_001, unit: 7 });
    const failed = retryOf(number, b, { dueAtMs: 1_800_000_000_002 });
    const next = retryOf(number, c, { dueAtMs: 1_800_000_000_003 });
    await rig.store.record(owner, { ...NOTHING, held, retries: [next, failed, replayed, delayed] });
    expect(await rig.store.retries([number], 1)).toEqual([delayed, failed]);
    expect(await rig.store.retries([number], 3)).toEqual([delayed, replayed, failed]);
  });

  test('takes away what is settled, also when the same results hold its retry, and leaves other units alone', async () => {
    await using rig = await setUp();
    const number = await rig.addEndpoint();
    const [a, b] = (await addMessages(rig, {}, {})) as [string, string];
    const { owner, held } = await holding(rig);
    const replay = retryOf(number, a, { unit: 2 });
    await rig.store.record(owner, { ...NOTHING, held, retries: [retryOf(number, a), replay] });
    const death = {
      endpoint: number,
      unit: 0,
      messageId: b,
      diedAtMs: 1_700_000_000_001,
      attempts: 12,
      reason: 'attempts' as const,
      lastStatus: 500,
      lastError: 'status 500',
    };
    const results = {
      ...NOTHING,
      held,
      retries: [retryOf(number, b), retryOf(number, a)],
      settled: [a, b].map((messageId) => ({ endpoint: number, unit: 0, messageId })),
      dead: [death],
    };
    await rig.store.record(owner, results);
    await rig.store.record(owner, results);
    expect(await rig.store.retries([number], 10)).toEqual([replay]);
    expect(await rig.dead()).toEqual([death]);
  });

  test('writes marks and disables endpoints', async () => {
    await using rig = await setUp();
    const number = await rig.addEndpoint();
    const { owner, held } = await holding(rig);
    const mark: Mark = {
      endpoint: number,
      xid: 2n ** 40n + 1n,
      factsFrom: mintUuid7(),
      lastSuccessAtMs: 1_700_000_000_001,
      failingSinceMs: 1_700_000_000_002,
      failures: 3,
    };
    const before = await rig.store.revision();
    const marks = [{ ...mark, xid: 1n }, mark];
    await rig.store.record(owner, {
      ...NOTHING,
      held,
      marks,
      disabled: [{ endpoint: number, reason: 'gone' }],
    });
    expect(await rig.store.marks([number])).toEqual([mark]);
    expect(await rig.store.endpoints([number])).toMatchObject([{ state: 'disabled' }]);
    expect(await rig.store.revision()).toBeGreaterThan(before);
    const recovered = { ...mark, lastSuccessAtMs: undefined, failingSinceMs: undefined, failures: 0 };
    await rig.store.record(owner, { ...NOTHING, held, marks: [recovered] });
    expect(await rig.store.marks([number])).toEqual([recovered]);
  });
}

function fenced(setUp: () => Promise<DeliveryStoreRig>): void {
  test('writes nothing but facts for shards that others took over, and tells which', async () => {
    await using rig = await setUp();
    const [one, two] = [await rig.addEndpoint(), await rig.addEndpoint()];
    const [a] = (await addMessages(rig, {})) as [string];
    const { owner, held } = await holding(rig);
    const [before] = await rig.store.marks([one]);
    const lost = one % SHARDS;
    const theirs = held.map((shard) => (shard.id === lost ? { ...shard, epoch: shard.epoch - 1 } : shard));
    const results = {
      held: theirs,
      facts: [factOf(one, a), factOf(two, a)],
      retries: [retryOf(one, a), retryOf(two, a)],
      settled: [],
      dead: [{ ...retryOf(one, a), diedAtMs: 1, reason: 'deadline' as const }],
      marks: [{ ...(before as Mark), failures: 9 }],
      disabled: [{ endpoint: one, reason: 'gone' }],
    };
    expect(await rig.store.record(owner, results)).toEqual([lost]);
    expect(await rig.facts()).toHaveLength(2);
    expect(await rig.store.retries([one, two], 10)).toEqual([retryOf(two, a)]);
    expect(await rig.dead()).toEqual([]);
    expect(await rig.store.marks([one])).toEqual([before]);
    expect(await rig.store.endpoints([one])).toMatchObject([{ state: 'active' }]);
    await rig.expire(owner.id);
    const next = await holding(rig);
    expect(new Set(await rig.store.record(owner, { ...results, held }))).toEqual(
      new Set(held.map(({ id }) => id)),
    );
    expect(await rig.store.retries([one], 10)).toEqual([]);
    expect(await rig.store.record(next.owner, { ...results, held: next.held })).toEqual([]);
    expect(await rig.store.retries([one], 10)).toEqual([retryOf(one, a)]);
  });

  test('who does not hold the shard gives nothing up: the owner finds the delivery unsettled', async () => {
    await using rig = await setUp();
    const number = await rig.addEndpoint();
    const [a, b] = (await addMessages(rig, {}, {})) as [string, string];
    const { owner } = await holding(rig);
    const facts = [factOf(number, a, { outcome: 'dead' }), factOf(number, b, { outcome: 'lost' })];
    await rig.store.record(owner, { ...NOTHING, facts });
    expect((await rig.facts()).map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    const deliveries = [a, b].map((messageId) => ({ endpoint: number, messageId }));
    expect(await rig.store.settledAmong(deliveries, FIRST)).toEqual([]);
  });

  test('writes nothing for shards that are not among those held', async () => {
    await using rig = await setUp();
    const number = await rig.addEndpoint();
    const [a] = (await addMessages(rig, {})) as [string];
    const { owner, held } = await holding(rig);
    const others = held.filter(({ id }) => id !== number % SHARDS);
    expect(
      await rig.store.record(owner, { ...NOTHING, held: others, retries: [retryOf(number, a)] }),
    ).toEqual([]);
    expect(await rig.store.retries([number], 10)).toEqual([]);
  });

  test('keeps the facts of an endpoint that was removed, and writes what is for others', async () => {
    await using rig = await setUp();
    const [gone, other] = [await rig.addEndpoint(), await rig.addEndpoint()];
    const [a] = (await addMessages(rig, {})) as [string];
    const { owner, held } = await holding(rig);
    const [mark] = await rig.store.marks([gone]);
    await rig.removeEndpoint(gone);
    const lost = await rig.store.record(owner, {
      held,
      facts: [factOf(gone, a)],
      retries: [retryOf(gone, a), retryOf(other, a)],
      settled: [],
      dead: [{ ...retryOf(gone, a), diedAtMs: 1, reason: 'deadline' }],
      marks: [mark as Mark],
      disabled: [{ endpoint: gone, reason: 'gone' }],
    });
    expect(lost).toEqual([]);
    expect(await rig.store.retries([gone, other], 10)).toEqual([retryOf(other, a)]);
    expect(await rig.facts()).toHaveLength(1);
  });
}

function settled(setUp: () => Promise<DeliveryStoreRig>): void {
  test('says which deliveries of a lane must not begin again', async () => {
    await using rig = await setUp();
    const number = await rig.addEndpoint();
    const ids = await addMessages(rig, ...Array.from({ length: 8 }, () => ({})));
    const [delivered, died, lost, failed, retried, dead, replayed, untouched] = ids as [string, ...string[]];
    const { owner, held } = await holding(rig);
    await rig.store.record(owner, {
      ...NOTHING,
      held,
      facts: [
        factOf(number, delivered),
        factOf(number, died as string, { outcome: 'dead' }),
        factOf(number, lost as string, { outcome: 'lost' }),
        factOf(number, failed as string, { outcome: 'failed' }),
        factOf(number, replayed as string, { unit: 5 }),
      ],
      retries: [retryOf(number, retried as string), retryOf(number, replayed as string, { unit: 5 })],
      dead: [{ ...retryOf(number, dead as string), diedAtMs: 1, reason: 'deadline' }],
    });
    const deliveries = ids.map((messageId) => ({ endpoint: number, messageId }));
    const among = async (factsFrom: string) =>
      (await rig.store.settledAmong(deliveries, factsFrom)).map(({ messageId }) => messageId).toSorted();
    expect(await among(FIRST)).toEqual([delivered, died, lost, retried, dead].toSorted());
    expect(await among(mintUuid7())).toEqual([retried, dead].toSorted());
    expect(untouched).toBeDefined();
    expect(await rig.store.settledAmong([{ endpoint: number + 1, messageId: delivered }], FIRST)).toEqual([]);
    expect(await rig.store.settledAmong([], FIRST)).toEqual([]);
  });
}
