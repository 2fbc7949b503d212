import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { uuid7LowerBound, uuid7Milliseconds } from '../../event/uuid7.ts';
import { runReplay } from '../../operations/deliveries/replay.ts';
import { discardDeadDeliveries, replayDeadDeliveries } from '../../operations/deliveries/dead.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { addTestEndpoint, storeMessages } from '../../proof/kit/test-endpoint.ts';
import { countOf } from '../../proof/kit/waiting-rejections.ts';
import { listAttempts } from '../outcomes/attempts.ts';
import { listDead } from '../outcomes/dead.ts';
import { deliveriesOf } from '../outcomes/of-message.ts';
import { listRetrying } from '../outcomes/retrying.ts';
import { listWaiting } from '../outcomes/waiting.ts';
import { attemptsKnownSince, beginReplay, replayMessage } from './begin.ts';
import { mintUuid7 } from '../../event/uuid7.ts';
import { continueReplay } from './continue.ts';

const running = () => ({ signal: new AbortController().signal, progress() {} });
const HOUR_AGO = () => new Date(Date.now() - 3_600_000);

async function attempt(
  pool: pg.Pool,
  endpoint: number,
  messageId: string,
  outcome: string,
  unit = 0,
): Promise<void> {
  await pool.query(
    `insert into attempt (id, endpoint, message_id, unit, number, outcome, status, error, response, milliseconds)
     values ($1, $2, $3, $4, 1, $5, $6, $7, $8, 12)`,
    [
      mintUuid7(),
      endpoint,
      messageId,
      unit,
      outcome,
      outcome === 'delivered' ? 200 : 500,
      'status 500',
      'oops',
    ],
  );
}

async function dead(pool: pg.Pool, endpoint: number, messageId: string, reason = 'attempts'): Promise<void> {
  await pool.query(
    `insert into dead (endpoint, message_id, died_at, attempts, reason, last_status) values ($1, $2, now(), 12, $3, 500)`,
    [endpoint, messageId, reason],
  );
}

/** Seven messages of client-3: one for each thing that may have become of a message at the endpoint. */
async function setup() {
  const database = await createDatabase();
  const { pool } = database;
  const [before = ''] = await storeMessages(pool, 1);
  const endpoint = await addTestEndpoint(pool, 'e');
  const { number } = endpoint;
  const [delivered = '', failed = '', retried = '', given = '', waiting = ''] = await storeMessages(pool, 5);
  const [unwanted = ''] = await storeMessages(pool, 1, { event_type: 'monitor-app' });
  await pool.query(`update endpoint set event_types = '{user-app}'`);
  await attempt(pool, number, delivered, 'delivered');
  await attempt(pool, number, failed, 'failed');
  await attempt(pool, number, retried, 'failed');
  await pool.query(
    `insert into retry (endpoint, message_id, due_at, attempts, last_status) values ($1, $2, now() + interval '1 hour', 1, 500)`,
    [number, retried],
  );
  await attempt(pool, number, given, 'dead');
  await dead(pool, number, given);
  return { database, pool, number, before, delivered, failed, retried, given, waiting, unwanted };
}

/** Adds a lane with the message, whose batch began that many hours after it. */
async function addLane(pool: pg.Pool, messageId: string, hours: number): Promise<void> {
  const first = uuid7LowerBound(uuid7Milliseconds(messageId) + hours * 3_600_000);
  await pool.query('create table lane_of_other_days partition of lane default');
  await pool.query(
    `insert into lane (tenant_id, client_id, first_id, ids) values ('default', 'client-3', $1, array[$1, $2]::uuid[])`,
    [first, messageId],
  );
}

async function chosenBy(
  pool: pg.Pool,
  number: number,
  kind: 'failed' | 'missing' | 'all',
): Promise<string[]> {
  const id = await beginReplay(pool, number, { kind, since: HOUR_AGO() });
  await runReplay(pool, id, running());
  const { rows } = await pool.query<{ id: string }>(
    'select message_id::text as id from retry where unit = $1 and due_at <= now() order by 1',
    [id],
  );
  return rows.map((row) => row.id);
}

describe('replay', () => {
  test('of what failed takes what was attempted, never delivered, and is not retried any more', async () => {
    const { database, pool, number, failed, given } = await setup();
    await using _ = database;
    const { rows } = await pool.query<{ revision: string }>('select revision from endpoint');
    expect(await chosenBy(pool, number, 'failed')).toEqual([failed, given]);
    const after = await pool.query<{ revision: string }>('select revision from endpoint');
    expect(Number(after.rows[0]?.revision)).toBeGreaterThan(Number(rows[0]?.revision));
    expect(await chosenBy(pool, number, 'failed')).toEqual([]); // both are to be delivered by the first replay
  });

  test('of what is missing leaves out what was delivered, waits or is retried', async () => {
    const { database, pool, number, before, given } = await setup();
    await using _ = database;
    expect(await chosenBy(pool, number, 'missing')).toEqual([before, given]);
  });

  test.each([-12, 12])(
    'of what is missing leaves out what waits in a batch that began %i hours from it',
    async (hours) => {
      const { database, pool, number, before, given } = await setup();
      await using _ = database;
      await addLane(pool, before, hours);
      expect(await chosenBy(pool, number, 'missing')).toEqual([given]);
    },
  );

  test.each([-14, 14])(
    'of what is missing reads no lane from %i hours away, which cannot hold its messages',
    async (hours) => {
      const { database, pool, number, before, given } = await setup();
      await using _ = database;
      await addLane(pool, before, hours);
      expect(await chosenBy(pool, number, 'missing')).toEqual([before, given]);
    },
  );

  test('of what is missing takes the same whatever the size of its pages', async () => {
    const { database, pool, number, before, given } = await setup();
    await using _ = database;
    for (const limit of [1, 2, 7]) {
      const id = await beginReplay(pool, number, { kind: 'missing', since: HOUR_AGO() });
      for (let isFinished = false; !isFinished; )
        isFinished = (await continueReplay(pool, id, limit))?.finished !== false;
      const { rows } = await pool.query<{ id: string }>(
        'delete from retry where unit = $1 returning message_id::text as id',
        [id],
      );
      expect(rows.map((row) => row.id).toSorted()).toEqual([before, given]);
    }
  });

  test('of all takes all that the endpoint wants, beside the automatic deliveries', async () => {
    const { database, pool, number, unwanted } = await setup();
    await using _ = database;
    const all = await chosenBy(pool, number, 'all');
    expect(all).toHaveLength(6);
    expect(all).not.toContain(unwanted);
    expect(await countOf(pool, 'retry where unit = 0')).toBe(1);
  });

  test('of one message takes it whatever became of it, unless it is of another client', async () => {
    const { database, pool, number, delivered } = await setup();
    await using _ = database;
    const id = await replayMessage(pool, number, delivered);
    expect(await listRetrying(pool, { messageId: delivered }, { limit: 9 })).toMatchObject([
      { unit: Number(id) },
    ]);
    const [other = ''] = await storeMessages(pool, 1, { client_id: 'client-1' });
    expect(await replayMessage(pool, number, other)).toBeUndefined();
    expect(await countOf(pool, 'replay')).toBe(1);
  });

  test('of a range takes only messages of that range, and none that are stored later', async () => {
    const { database, pool, number } = await setup();
    await using _ = database;
    const nothing = await beginReplay(pool, number, { kind: 'all', since: HOUR_AGO(), until: HOUR_AGO() });
    expect(await runReplay(pool, nothing, running())).toEqual({ messages: 0, complete: true });
    const id = await beginReplay(pool, number, { kind: 'all', since: HOUR_AGO() });
    await storeMessages(pool, 2);
    expect(await runReplay(pool, id, running())).toEqual({ messages: 6, complete: true });
    expect(await runReplay(pool, '999', running())).toBeUndefined();
  });

  test('knows since when attempts are known, which is always for an endpoint that is younger', async () => {
    const { database, pool, number } = await setup();
    await using _ = database;
    expect(await attemptsKnownSince(pool, number)).toBeUndefined();
    await pool.query(`update endpoint set created_at = now() - interval '9 days'`);
    const { rows } = await pool.query<{ today: Date }>(`select date_trunc('day', now(), 'UTC') as today`);
    expect(await attemptsKnownSince(pool, number)).toEqual(rows[0]?.today);
  });
});

describe('lists', () => {
  test('of attempts are filtered and go on after the last one', async () => {
    const { database, pool, delivered, given } = await setup();
    await using _ = database;
    const page = await listAttempts(pool, { endpointId: 'e' }, { limit: 1 });
    expect(page).toMatchObject([
      { messageId: given, outcome: 'dead', status: 500, attempt: 1, clientId: 'client-3' },
    ]);
    const beforeId = page[0]?.attemptId ?? '';
    expect(await listAttempts(pool, {}, { limit: 9, beforeId })).toHaveLength(3);
    expect(await listAttempts(pool, { messageId: delivered }, { limit: 9 })).toMatchObject([
      { outcome: 'delivered' },
    ]);
    expect(await listAttempts(pool, { outcome: 'failed' }, { limit: 9 })).toHaveLength(2);
    expect(await listAttempts(pool, { status: 200, since: HOUR_AGO() }, { limit: 9 })).toHaveLength(1);
    expect(await listAttempts(pool, { until: HOUR_AGO() }, { limit: 9 })).toEqual([]);
    expect(await listAttempts(pool, { endpointId: 'other' }, { limit: 9 })).toEqual([]);
  });

  test('of what waits show what no attempt has settled, in the order of delivery', async () => {
    const { database, pool, failed, waiting } = await setup();
    await using _ = database;
    const rows = await listWaiting(pool, {}, { limit: 9 });
    expect(rows.map(({ messageId }) => messageId)).toEqual([failed, waiting]);
    const [first] = rows;
    expect(await listWaiting(pool, {}, { limit: 9, after: first as never })).toHaveLength(1);
    expect(await listWaiting(pool, { messageId: waiting }, { limit: 9 })).toHaveLength(1);
    expect(await listWaiting(pool, { clientId: 'client-1' }, { limit: 9 })).toEqual([]);
  });

  test('of one message say what became of it at each endpoint, with the answers', async () => {
    const found = await setup();
    const { database, pool } = found;
    await using _ = database;
    const state = async (id: string) => (await deliveriesOf(pool, id)).map((each) => each.state);
    expect(await state(found.delivered)).toEqual(['delivered']);
    expect(await state(found.retried)).toEqual(['retrying']);
    expect(await state(found.given)).toEqual(['dead']);
    expect(await state(found.waiting)).toEqual(['waiting']);
    expect(await state(found.unwanted)).toEqual(['skipped']);
    expect(await state(found.before)).toEqual(['none']);
    expect(await deliveriesOf(pool, found.given)).toMatchObject([
      {
        endpointId: 'e',
        deadReason: 'attempts',
        attempts: [{ status: 500, response: 'oops', outcome: 'dead' }],
      },
    ]);
  });
});

describe('dead deliveries', () => {
  test('are listed, replayed as a unit of their own, and discarded', async () => {
    const { database, pool, number, failed, given } = await setup();
    await using _ = database;
    const gone = uuid7LowerBound(Date.now());
    await dead(pool, number, gone, 'lost');
    expect(await listDead(pool, { reasons: ['attempts'] }, { limit: 9 })).toMatchObject([
      { messageId: given },
    ]);
    const [first] = await listDead(pool, {}, { limit: 1 });
    expect(await listDead(pool, {}, { limit: 9, after: first as never })).toHaveLength(1);
    expect(await replayDeadDeliveries(pool, { endpointId: 'e' }, running())).toEqual({
      done: 1,
      complete: true,
      left: 1,
    });
    const { rows } = await pool.query(
      'select kind, messages::integer, unit = r.id as own from replay r join retry t on t.unit = r.id',
    );
    expect(rows).toEqual([{ kind: 'dead', messages: 1, own: true }]);
    expect(await listDead(pool, {}, { limit: 9 })).toMatchObject([{ messageId: gone }]);
    await dead(pool, number, failed);
    expect(await discardDeadDeliveries(pool, { reasons: ['lost'] }, running())).toEqual({
      done: 1,
      complete: true,
    });
    expect(await listDead(pool, {}, { limit: 9 })).toMatchObject([{ messageId: failed }]);
  });

  test('of more than a page are replayed by one replay', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    const { number } = await addTestEndpoint(pool, 'e');
    for (const id of await storeMessages(pool, 1_500)) await dead(pool, number, id);
    expect(await replayDeadDeliveries(pool, {}, running())).toEqual({ done: 1_500, complete: true, left: 0 });
    expect(await countOf(pool, 'replay where messages = 1500')).toBe(1);
    expect(await countOf(pool, 'retry where due_at <= now()')).toBe(1_500);
  });
});
