import { recordLosses } from '../postgres/endpoints/losses.ts';
import { openPool } from '../postgres/pool.ts';
import { insertEndpoint } from '../proof/kit/delivery-database.ts';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { mintUuid7, uuid7LowerBound } from '../event/uuid7.ts';
import { dropPartition, dropUnneeded, dropUnneededBefore } from '../postgres/drop-partitions.ts';
import { ensurePartitions, listPartitions } from '../postgres/partitions.ts';
import type { PartitionedTable } from '../postgres/partition-ranges.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { addTestEndpoint } from '../proof/kit/test-endpoint.ts';
import { countOf } from '../proof/kit/waiting-rejections.ts';
import { keepPartitions } from './partitions.ts';

const DAY_MS = 86_400_000;
const LONG_AGO = Date.parse('2020-01-01T00:00:00Z');
const NOON = LONG_AGO + DAY_MS / 2;

/** An id of that time. */
function idAt(milliseconds: number): string {
  return uuid7LowerBound(milliseconds).slice(0, 14) + mintUuid7().slice(14);
}

/** Stores a batch for client-3, as it was stored long ago; returns the transaction. */
async function storeAt(pool: pg.Pool, ids: readonly string[], type = 'user-app'): Promise<bigint> {
  return inTransaction(pool, async (client) => {
    await client.query(
      `insert into message (id, tenant_id, client_id, event_type, source, event_id, payload, received_at)
       select id, 'default', 'client-3', $2, 'test', id::text, '1', now() from unnest($1::uuid[]) id`,
      [ids, type],
    );
    const { rows } = await client.query<{ xid: string }>(
      `insert into lane (tenant_id, client_id, first_id, ids) values ('default', 'client-3', $1, $2) returning xid::text as xid`,
      [ids[0], ids],
    );
    return BigInt(rows[0]?.xid ?? 0);
  });
}

/** Endpoint `behind` has got nothing of that day; endpoint `past` has got all of it. */
async function setup() {
  const database = await createDatabase();
  const { pool } = database;
  await ensurePartitions(pool, new Date(LONG_AGO), 3);
  const behind = await addTestEndpoint(pool, 'behind');
  const past = await addTestEndpoint(pool, 'past');
  const pass = () =>
    pool.query('update endpoint_mark set xid = pg_snapshot_xmax(pg_current_snapshot()) where endpoint = $1', [
      past.number,
    ]);
  return { database, pool, behind, past, pass };
}

/** Runs the first look of a process that keeps partitions. */
async function look(pool: pg.Pool, retentionDays?: number): Promise<void> {
  const closing = new AbortController();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const problems: unknown[] = [];
  const explain = (error: unknown) => {
    problems.push(error);
    return String(error);
  };
  const looked = Promise.withResolvers<Date>();
  const parts = { pool, log, retentionDays, attemptRetentionDays: 30, explain, seen: looked.resolve };
  const ended = keepPartitions(parts, closing.signal);
  await looked.promise;
  closing.abort();
  await ended;
  expect(problems).toEqual([]);
}

async function names(pool: pg.Pool, table: PartitionedTable): Promise<string[]> {
  return (await listPartitions(pool, table)).map(({ name }) => name).filter((name) => name.includes('_2020'));
}

async function losses(pool: pg.Pool): Promise<unknown[]> {
  const { rows } = await pool.query(
    `select e.id, l.partition, l.messages::integer from delivery_loss l join endpoint e on e.number = l.endpoint order by 1, 2`,
  );
  return rows;
}

test('what retention drops before an endpoint got it is recorded, and of the others nothing', async () => {
  const { database, pool, behind, past, pass } = await setup();
  await using _ = database;
  const ids = Array.from({ length: 5 }, (_, i) => idAt(NOON + i));
  await storeAt(pool, ids);
  await pass();
  const [retried, dead] = ids;
  await pool.query(
    'insert into retry (endpoint, message_id, due_at) values ($1, $3, now()), ($2, $3, now())',
    [behind.number, past.number, retried],
  );
  await pool.query(`insert into retry (endpoint, unit, message_id, due_at) values ($1, 7, $2, now())`, [
    past.number,
    retried,
  ]);
  await pool.query(
    `insert into dead (endpoint, message_id, died_at, attempts, reason) values ($1, $2, now(), 12, 'attempts')`,
    [behind.number, dead],
  );
  await look(pool, 3);
  expect(await losses(pool)).toEqual([
    { id: 'behind', partition: 'message_20200101', messages: 4 },
    { id: 'past', partition: 'message_20200101', messages: 1 },
  ]);
  expect(await countOf(pool, 'retry')).toBe(0);
  expect(await countOf(pool, `dead where reason = 'lost'`)).toBe(1);
  expect(await names(pool, 'message')).toEqual([]);
  expect(await names(pool, 'lane')).toEqual([]);
  const { rows } = await pool.query(
    `select id, waiting::integer, lost::integer from endpoint_status order by id`,
  );
  expect(rows).toEqual([
    { id: 'behind', waiting: 0, lost: 4 },
    { id: 'past', waiting: 0, lost: 1 },
  ]);
});

test('types that the endpoint does not want are no loss', async () => {
  const { database, pool, behind, pass } = await setup();
  await using _ = database;
  await storeAt(pool, [idAt(NOON)]);
  await storeAt(pool, [idAt(NOON)], 'monitor-app');
  await pass();
  await pool.query(`update endpoint set event_types = '{monitor.*,monitor-app}' where number = $1`, [
    behind.number,
  ]);
  await look(pool, 3);
  expect(await losses(pool)).toEqual([{ id: 'behind', partition: 'message_20200101', messages: 1 }]);
});

test('a batch around midnight is kept for the day that stays, and lost for the day that goes', async () => {
  const { database, pool, behind, pass } = await setup();
  await using _ = database;
  const [early, late, settled] = [
    idAt(LONG_AGO + DAY_MS - 1),
    idAt(LONG_AGO + DAY_MS + 1),
    idAt(LONG_AGO + DAY_MS + 2),
  ];
  await storeAt(pool, [early, late, settled]);
  await pass();
  await pool.query(
    `insert into attempt (id, endpoint, message_id, number, outcome, milliseconds) values ($1, $2, $3, 1, 'delivered', 1)`,
    [mintUuid7(), behind.number, settled],
  );
  await inTransaction(pool, (client) => dropPartition(client, 'message_20200101'));
  expect(await losses(pool)).toEqual([{ id: 'behind', partition: 'message_20200101', messages: 1 }]);
  expect(await names(pool, 'lane')).toEqual(['lane_20200102', 'lane_20200103']);
  const { rows } = await pool.query('select endpoint::integer, message_id as id, unit::integer from retry');
  expect(rows).toEqual([{ endpoint: behind.number, id: late, unit: 0 }]);
});

test('lanes go before their messages when every endpoint is past them, and stay while one is not', async () => {
  const { database, pool, behind, pass } = await setup();
  await using _ = database;
  await storeAt(pool, [idAt(NOON)]);
  await pass();
  await look(pool);
  expect(await names(pool, 'lane')).toEqual(['lane_20200101']);
  await pool.query(
    'update endpoint_mark set xid = pg_snapshot_xmax(pg_current_snapshot()) where endpoint = $1',
    [behind.number],
  );
  const unfinished = `insert into replay (endpoint, kind, boundary) values (${behind.number}, 'from', '7')`;
  await pool.query(unfinished);
  expect(await inTransaction(pool, (client) => dropUnneeded(client, 'lane_20200101'))).toBeNull();
  await pool.query('update replay set finished_at = now()');
  await look(pool);
  expect(await names(pool, 'lane')).toEqual([]);
  expect(await names(pool, 'message')).toHaveLength(3);
});

test('attempts past their retention go, unless they say what an endpoint has got of a lane that it will read again', async () => {
  const { database, pool, behind, pass } = await setup();
  await using _ = database;
  const id = idAt(NOON);
  await storeAt(pool, [id]);
  await pass();
  await pool.query(
    `insert into attempt (id, endpoint, message_id, number, outcome, milliseconds) values ($1, $2, $3, 1, 'delivered', 1)`,
    [idAt(NOON + 1), behind.number, id],
  );
  await pool.query('update endpoint_mark set facts_from = $1', [uuid7LowerBound(NOON)]);
  await look(pool);
  expect(await names(pool, 'attempt')).toEqual(['attempt_20200101']);
  await pool.query('update endpoint_mark set facts_from = $1', [uuid7LowerBound(NOON + DAY_MS)]);
  await look(pool);
  expect(await names(pool, 'attempt')).toEqual([]);
});

test('an operator drops what no endpoint needs in the same way', async () => {
  const { database, pool } = await setup();
  await using _ = database;
  await storeAt(pool, [idAt(NOON)]);
  const before = new Date(LONG_AGO + 2 * DAY_MS);
  expect(await dropUnneededBefore(pool, before, 'lane')).toEqual(['lane_20200102']);
  expect(await dropUnneededBefore(pool, before, 'attempt')).toEqual(['attempt_20200101', 'attempt_20200102']);
});

test('what an endpoint lost is counted however long that takes: a day that could not be counted would never go', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await insertEndpoint(pool);
  const from = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000);
  const hex = from.getTime().toString(16).padStart(12, '0');
  await pool.query(
    `insert into lane (tenant_id, client_id, xid, first_id, ids)
     select 'default', 'client-1', (2000000000 + i)::text::xid8, ids[1], ids
       from generate_series(1, 15000) i
      cross join lateral (select array_agg(($1 || lpad(to_hex(20 * i + k), 12, '0'))::uuid) as ids
                            from generate_series(0, 19) k) as batch`,
    [`${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-`],
  );
  const hasty = openPool(database.url, { max: 1, applicationName: 'test', statementTimeoutMs: 100 });
  const day = { name: 'message_of_that_day', from, until: new Date(from.getTime() + 86_400_000) };
  await inTransaction(hasty, (client) => recordLosses(client, day));
  await hasty.end();
  expect((await pool.query('select messages::integer as messages from delivery_loss')).rows).toEqual([
    { messages: 300_000 },
  ]);
});
