import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { Random } from '../../load/random.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { beginStoring, insertEndpoint, storableOf } from '../../proof/kit/delivery-database.ts';
import { findPgBouncer, startPgBouncer } from '../../proof/kit/pgbouncer.ts';
import { testRoles } from '../../proof/kit/roles.ts';
import { until } from '../../proof/kit/until.ts';
import type { Position } from '../../sender/ports.ts';
import { openPool } from '../pool.ts';
import { PostgresStore } from '../store.ts';
import { LANES_LOCK, laneHorizon } from './horizon.ts';
import { readLanes } from './lanes.ts';

const installed = await findPgBouncer();

/** Walks lanes from a position on, as the sender does, and keeps every id that it sees. */
class Reader {
  readonly seen: string[] = [];
  #from: Position = 0n;
  readonly #pool: pg.Pool;
  readonly #limit: number;

  constructor(pool: pg.Pool, limit = 100) {
    this.#pool = pool;
    this.#limit = limit;
  }

  /** Reads all below the horizon, and returns the ids. */
  async walk(): Promise<string[]> {
    const { xid: to } = await laneHorizon(this.#pool);
    const before = this.seen.length;
    while (this.#from < to) {
      const { lanes, readTo } = await readLanes(this.#pool, { from: this.#from, to, limit: this.#limit });
      this.seen.push(...lanes.flatMap(({ ids }) => ids));
      this.#from = readTo;
    }
    return this.seen.slice(before);
  }
}

async function withEndpoints(clients = 2) {
  const database = await createDatabase();
  for (let i = 1; i <= clients; i += 1) await insertEndpoint(database.pool, { clientId: `client-${i}` });
  return database;
}

/** Begins a transaction that is never given up by accident. */
async function transaction(pool: pg.Pool, ...statements: readonly string[]) {
  const client = await pool.connect();
  await client.query('begin');
  for (const statement of statements) await client.query(statement);
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.query('rollback');
      client.release();
    },
  };
}

async function blocked(pool: pg.Pool, kind: string): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and wait_event = $1 and query like '%pg_advisory_xact_lock_shared%'`,
    [kind],
  );
  return rows[0]?.pid ?? 0;
}

test('a transaction that writes in another database of the cluster holds nothing up', async () => {
  await using database = await withEndpoints();
  await using other = await createDatabase();
  await using _ = await transaction(other.pool, "insert into tenant (id) values ('theirs')");
  const { pool } = database;
  const store = new PostgresStore({ pool });
  const event = storableOf({});
  await store.store([event]);
  expect(await new Reader(pool).walk()).toEqual([event.messageId]);
});

test('a transaction that writes in this database but stores nothing holds nothing up', async () => {
  await using database = await withEndpoints();
  const { pool } = database;
  await using _ = await transaction(pool, "insert into tenant (id) values ('theirs')");
  const event = storableOf({});
  await new PostgresStore({ pool }).store([event]);
  expect(await new Reader(pool).walk()).toEqual([event.messageId]);
});

test('a storing statement that hangs holds back what was stored after it, until it ends', async () => {
  await using database = await withEndpoints();
  const { pool } = database;
  const store = new PostgresStore({ pool });
  const reader = new Reader(pool);
  const [before, hanging, after] = [storableOf({}), storableOf({}), storableOf({ clientId: 'client-2' })];
  await store.store([before]);
  let stored: Promise<unknown>;
  {
    await using _ = await transaction(
      pool,
      "select from client where tenant_id = 'default' and id = 'client-1' for update",
    );
    stored = store.store([hanging], 60_000);
    await until(() => blocked(pool, 'transactionid'), { what: 'the statement to hang' });
    await store.store([after]);
    expect(await reader.walk()).toEqual([before.messageId]);
    expect(await reader.walk()).toEqual([]);
  }
  await stored;
  expect(await reader.walk()).toEqual([hanging.messageId, after.messageId]);
  expect(await reader.walk()).toEqual([]);
});

test('a role without rights on statistics sees the transactions of another role that stores', async () => {
  await using database = await withEndpoints();
  const { pool } = database;
  await using roles = testRoles(pool);
  const role = await roles.make('sender');
  const asRole = openPool(roles.urlFor(database.url, role), { max: 1, applicationName: 'test' });
  const storing = await beginStoring(pool);
  await storing.add({});
  const { xid: first } = await laneHorizon(asRole);
  await new PostgresStore({ pool }).store([storableOf({ clientId: 'client-2' })]);
  expect((await laneHorizon(asRole)).xid).toBe(first);
  await storing.commit();
  expect((await laneHorizon(asRole)).xid).toBeGreaterThan(first);
  await asRole.end();
});

test('the storing statement takes the lock before its transaction gets an id', async () => {
  await using database = await withEndpoints();
  const { pool } = database;
  let stored: Promise<unknown>;
  {
    await using _ = await transaction(pool, `select pg_advisory_xact_lock(${LANES_LOCK})`);
    stored = new PostgresStore({ pool }).store([storableOf({})], 60_000);
    const pid = await until(() => blocked(pool, 'advisory'), { what: 'the statement to wait for the lock' });
    const { rows } = await pool.query<{ ids: string }>(
      "select count(*) as ids from pg_locks where pid = $1 and locktype = 'transactionid'",
      [pid],
    );
    expect(rows).toEqual([{ ids: '0' }]);
  }
  expect(await stored).toMatchObject([{ kind: 'stored' }]);
});

const WRITERS = 8;
const ROUNDS = 12;

/** Many store at once, some slowly, some roll back; meanwhile a reader walks. Returns what was committed, and what was seen. */
async function racing(pool: pg.Pool, seed: number) {
  const committed: string[] = [];
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    const random = new Random(seed * WRITERS + writer);
    for (let round = 0; round < ROUNDS; round += 1) {
      const batch = Array.from({ length: 1 + Math.floor(random.between(0, 4)) }, () => ({
        clientId: `client-${random.chance(0.5) ? 1 : 2}`,
      }));
      const storing = await beginStoring(pool);
      await pause(random.between(0, 8));
      const ids = await storing.add(...batch);
      await pause(random.between(0, random.chance(0.1) ? 100 : 8));
      if (random.chance(0.1)) await storing.rollback();
      else {
        await storing.commit();
        committed.push(...ids);
      }
    }
  });
  const reader = new Reader(pool, 5);
  const written = new AbortController();
  const walking = (async () => {
    while (!written.signal.aborted) await reader.walk();
  })();
  await Promise.all(writers);
  written.abort();
  await walking;
  await reader.walk();
  return { committed, seen: reader.seen };
}

describe('of eight writers at once, some slow, some rolled back', () => {
  const seed = Number(process.env['HORIZON_SEED'] ?? Date.now() % 1_000_000);

  test(`every committed message is seen once (HORIZON_SEED=${seed})`, { timeout: 60_000 }, async () => {
    await using database = await withEndpoints();
    await using _ = await transaction(database.pool, "insert into tenant (id) values ('stays')");
    const own = openPool(database.url, { max: WRITERS + 2, applicationName: 'test' });
    const { committed, seen } = await racing(own, seed);
    await own.end();
    expect(seen.toSorted()).toEqual(committed.toSorted());
  });

  test.skipIf(installed === undefined)(
    `the same through PgBouncer in transaction mode (HORIZON_SEED=${seed})`,
    { timeout: 60_000 },
    async () => {
      await using database = await withEndpoints();
      await using pooler = await startPgBouncer(
        installed as NonNullable<typeof installed>,
        inject('databaseUrl'),
        { preparedStatements: false, settings: ['ignore_startup_parameters = statement_timeout'] },
      );
      const pooled = openPool(pooler.urlOf(database.url), { max: WRITERS + 2, applicationName: 'test' });
      const { committed, seen } = await racing(pooled, seed);
      await pooled.end();
      expect(seen.toSorted()).toEqual(committed.toSorted());
    },
  );
});
