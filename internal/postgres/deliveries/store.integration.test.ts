import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { mintUuid7 } from '../../event/uuid7.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { beginStoring, insertEndpoint, storableOf, TEST_SEALING } from '../../proof/kit/delivery-database.ts';
import { NOTHING } from '../../proof/kit/delivery-store-rig.ts';
import { until } from '../../proof/kit/until.ts';
import { type AttemptFact, DeliveryStoreError, SHARDS } from '../../sender/ports.ts';
import { dropPartitionsBefore } from '../drop-partitions.ts';
import { ensurePartitions, listPartitions } from '../partitions.ts';
import { openPool } from '../pool.ts';
import { Sealing } from '../sealing.ts';
import { PostgresStore } from '../store.ts';
import { inTransaction } from '../transaction.ts';
import { ForeignClusterError } from './cluster.ts';
import { PostgresDeliveryStore } from './store.ts';

const DAY_MS = 86_400_000;
const owner = () => ({ id: randomUUID(), name: 'test', leaseSeconds: 40 });
const open = (pool: pg.Pool, sealing = TEST_SEALING) => PostgresDeliveryStore.open({ pool, sealing });

function fact(endpoint: number, given: Partial<AttemptFact> = {}): AttemptFact {
  const none = { error: undefined, response: undefined, bodyDigest: undefined };
  const delivery = { endpoint, unit: 0, messageId: mintUuid7() };
  return {
    ...delivery,
    ...none,
    id: mintUuid7(),
    number: 1,
    outcome: 'delivered',
    status: 200,
    milliseconds: 1,
    ...given,
  };
}

describe('the cluster', () => {
  test('is noted by the first that opens the store, and is the same for the next', async () => {
    await using database = await createDatabase();
    await Promise.all([open(database.pool), open(database.pool)]);
    await open(database.pool);
    const { rows } = await database.pool.query(
      'select from sender_cluster where system_identifier = (select system_identifier from pg_control_system())',
    );
    expect(rows).toHaveLength(1);
  });

  test('that is another than the one of the lanes is refused, with what to do', async () => {
    await using database = await createDatabase();
    await database.pool.query('insert into sender_cluster values (1)');
    await expect(open(database.pool)).rejects.toThrow(ForeignClusterError);
    await expect(open(database.pool)).rejects.toThrow('npm run admin -- sender rebase');
  });

  test('that has not given out the ids of the marks yet is refused, even when none was noted', async () => {
    await using database = await createDatabase();
    await insertEndpoint(database.pool);
    await database.pool.query("update endpoint_mark set xid = '4611686018427387904'");
    await expect(open(database.pool)).rejects.toThrow('lie in the future');
  });
});

test('an endpoint whose secrets cannot be opened says so, and stops no other', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const secrets = [{ kind: 'hmac' as const, key: randomBytes(32), expiresAtMs: undefined }];
  const old = new Sealing([{ name: 'old', key: randomBytes(32) }]);
  const lost = await insertEndpoint(pool, { secrets }, old);
  const headers = await insertEndpoint(pool, { headers: { 'x-key': 'secret' } }, old);
  const good = await insertEndpoint(pool, { secrets });
  const store = await open(pool);
  const problem = 'the key "old" is not among SENDER_KEYS';
  expect(await store.endpoints([lost, headers, good])).toMatchObject([
    { number: lost, secrets: [], problem },
    { number: headers, headers: {}, problem },
    { number: good, secrets, problem: undefined },
  ]);
});

test('an endpoint without a valid secret has a problem: nothing is sent without a signature', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const secret = (expiresAtMs: number | undefined) => ({
    kind: 'hmac' as const,
    key: randomBytes(32),
    expiresAtMs,
  });
  const none = await insertEndpoint(pool, { secrets: [] });
  const expired = await insertEndpoint(pool, { secrets: [secret(Date.now() - 1_000)] });
  const good = await insertEndpoint(pool, { secrets: [secret(Date.now() - 1_000), secret(undefined)] });
  const store = await open(pool);
  expect((await store.endpoints([none, expired, good])).map(({ problem }) => problem?.slice(0, 16))).toEqual([
    'it has no secret',
    'it has no secret',
    undefined,
  ]);
});

test('the partition that a fact lacks is made', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const store = await open(pool);
  await dropPartitionsBefore(pool, new Date(Date.now() + 10 * DAY_MS), 'attempt');
  const number = await insertEndpoint(pool);
  const me = owner();
  const { held } = await store.hold(me, []);
  expect(await store.record(me, { ...NOTHING, held, facts: [fact(number)] })).toEqual([]);
  expect(await listPartitions(pool, 'attempt')).toHaveLength(1);
  expect((await pool.query('select from attempt')).rowCount).toBe(1);
});

describe('a shard', () => {
  test('is not taken over while its former owner writes results', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    const store = await open(pool);
    const [former, next] = [owner(), owner()];
    await store.hold(former, []);
    await pool.query("update shard set until = now() - interval '1 s'");
    await inTransaction(pool, async (client) => {
      await client.query('select from shard where id = 7 for share');
      const { held } = await store.hold(next, []);
      expect(held.map(({ id }) => id)).not.toContain(7);
      expect(held.length).toBeGreaterThanOrEqual(SHARDS / 2);
    });
    await store.leave(former);
    expect((await store.hold(next, [])).held).toHaveLength(SHARDS);
  });

  test('that is being taken over makes its former owner wait, and learn that it lost it', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    const store = await open(pool);
    const number = await insertEndpoint(pool);
    const me = owner();
    const { held } = await store.hold(me, []);
    const retry = { endpoint: number, unit: 0, messageId: mintUuid7(), dueAtMs: 0, attempts: 1 };
    const unknown = { firstFailedAtMs: undefined, lastStatus: undefined, lastError: undefined };
    const results = { ...NOTHING, held, facts: [fact(number)], retries: [{ ...retry, ...unknown }] };
    let recorded: Promise<readonly number[]> | undefined;
    await inTransaction(pool, async (client) => {
      await client.query('update shard set owner = $1, epoch = epoch + 1 where id = $2', [
        randomUUID(),
        number % SHARDS,
      ]);
      recorded = store.record(me, results);
      await until(
        async () =>
          (
            await pool.query(
              "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%fenced%'",
            )
          ).rowCount === 1,
        { what: 'the record to wait' },
      );
    });
    expect(await recorded).toEqual([number % SHARDS]);
    expect(await store.retries([number], 10)).toEqual([]);
    expect((await pool.query('select from attempt')).rowCount).toBe(1);
  });
});

test('messages are read without a look at the days of other messages', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await insertEndpoint(pool);
  const [other] = await ensurePartitions(pool, new Date('2020-01-01T00:00:00Z'), 1, ['message']);
  const event = storableOf({});
  await new PostgresStore({ pool }).store([event]);
  const store = await open(pool);
  await inTransaction(pool, async (client) => {
    await client.query(`lock table ${other} in access exclusive mode`);
    expect(await store.messages([event.messageId])).toMatchObject([{ id: event.messageId }]);
  });
});

test('what a transaction stored is read by the position that it had', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await insertEndpoint(pool);
  const store = await open(pool);
  const before = await store.horizon();
  const storing = await beginStoring(pool);
  const ids = await storing.add({}, {});
  await storing.commit();
  expect(await store.lanes(before, await store.horizon(), 10)).toMatchObject({ lanes: [{ ids }] });
});

describe('an error', () => {
  test('of the way to PostgreSQL is one worth trying again', async () => {
    const pool = openPool('postgres://nobody@127.0.0.1:1/nothing', { max: 1, applicationName: 'test' });
    await expect(open(pool)).rejects.toThrow(DeliveryStoreError);
    await pool.end();
  });

  test('of a wait that was too long is one worth trying again', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    const store = await open(pool);
    const short = openPool(database.url, { max: 1, applicationName: 'test', statementTimeoutMs: 50 });
    const me = owner();
    const { held } = await store.hold(me, []);
    await inTransaction(pool, async (client) => {
      await client.query('select from shard for update');
      const waiting = (await open(short)).record(me, { ...NOTHING, held });
      await expect(waiting).rejects.toThrow(DeliveryStoreError);
    });
    await short.end();
  });

  test('of a value that no column takes is a mistake', async () => {
    await using database = await createDatabase();
    const store = await open(database.pool);
    const wrong = { ...fact(1), outcome: 'unheard' as 'lost' };
    const thrown = await store
      .record(owner(), { ...NOTHING, facts: [wrong] })
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: '23514' });
    expect(thrown).not.toBeInstanceOf(DeliveryStoreError);
  });
});
