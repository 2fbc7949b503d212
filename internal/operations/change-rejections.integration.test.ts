import { describe, expect, test } from 'vitest';
import { openPool } from '../postgres/pool.ts';
import { addClient, addTenant } from '../postgres/registry/add.ts';
import { PostgresStore } from '../postgres/store.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { waiting } from '../proof/kit/healing-contract.ts';
import { countOf, fillWaiting } from '../proof/kit/waiting-rejections.ts';
import { discardRejections } from './discard.ts';
import { replayOpen } from './replay.ts';

function options() {
  const controller = new AbortController();
  const told: number[] = [];
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    told,
    progress: (done: number) => told.push(done),
  };
}

describe('a discard', () => {
  test('of more than a page is done in pages, and tells how far it is', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 12_000);
    const run = options();
    expect(await discardRejections(pool, { reasons: ['unknown_client'] }, run)).toEqual({
      discarded: 12_000,
      notOpen: [],
      complete: true,
    });
    expect(run.told).toEqual([5_000, 10_000, 12_000, 12_000]);
    expect(await countOf(pool, `rejection where state = 'discarded' and settled_at is not null`)).toBe(
      12_000,
    );
  });

  test('that is interrupted has done its pages, and the same again goes on', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 12_000);
    const run = options();
    const interrupted = { ...run, progress: run.abort };
    expect(await discardRejections(pool, {}, interrupted)).toMatchObject({
      discarded: 5_000,
      complete: false,
    });
    expect(await discardRejections(pool, {}, options())).toMatchObject({ discarded: 7_000, complete: true });
  });

  test('takes what matches and nothing else, by each filter alone and together', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    const store = new PostgresStore({ pool });
    await addTenant(pool, 'acme');
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    const of = (id: string, tenantId: string, hours: number) => {
      const record = waiting(id, 'late');
      return { ...record, claims: { ...record.claims, tenantId }, receivedAt: hoursAgo(hours) };
    };
    await store.reject([of('a', 'default', 1), of('b', 'acme', 1), of('c', 'acme', 3)]);
    await store.reject([{ ...of('d', 'acme', 5), reason: 'schema_violation' }]);
    const left = async () =>
      (
        await pool.query<{ id: string }>(
          `select sqs_message_id as id from rejection where state = 'open' order by 1`,
        )
      ).rows
        .map(({ id }) => id)
        .join('');
    const discard = async (filter: Parameters<typeof discardRejections>[1]) => {
      await discardRejections(pool, filter, options());
      const now = await left();
      await pool.query(`update rejection set state = 'open', settled_at = null`);
      return now;
    };
    expect(await discard({ tenantId: 'acme' })).toBe('a');
    expect(await discard({ reasons: ['schema_violation'] })).toBe('abc');
    expect(await discard({ tenantId: 'acme', reasons: ['unknown_client'] })).toBe('ad');
    expect(await discard({ tenantId: 'acme', since: hoursAgo(4), until: hoursAgo(2) })).toBe('abd');
    expect(await discard({ until: hoursAgo(2) })).toBe('ab');
    expect(await discard({ tenantId: 'nobody' })).toBe('abcd');
    expect(await discard({})).toBe('');
  });

  test('of numbers says which of them are not open', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 3);
    await pool.query(`update rejection set state = 'replayed', settled_at = now() where id = 2`);
    expect(await discardRejections(pool, { ids: ['3', '2', '007', '1'] }, options())).toEqual({
      discarded: 2,
      notOpen: [
        { id: '2', state: 'replayed' },
        { id: '007', state: 'missing' },
      ],
      complete: true,
    });
  });

  test('goes on with smaller pages when one meets a lock for too long', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 300);
    await pool.query(`alter database ${new URL(database.url).pathname.slice(1)} set lock_timeout = '100ms'`);
    const holder = await pool.connect();
    await holder.query('begin');
    await holder.query('select from rejection where id = 300 for update');
    const impatient = openPool(database.url, { max: 1, applicationName: 'test' });
    await expect(discardRejections(impatient, {}, options())).rejects.toMatchObject({ code: '55P03' });
    expect(await countOf(pool, `rejection where state = 'discarded'`)).toBeGreaterThanOrEqual(250);
    await holder.query('commit');
    holder.release();
    expect(await discardRejections(impatient, {}, options())).toMatchObject({ complete: true });
    expect(await countOf(pool, `rejection where state = 'open'`)).toBe(0);
    await impatient.end();
  });
});

describe('a replay', () => {
  const replay = { maxExpandedBytes: 1_000_000 };

  test('of more than a page decides each once, and says why the others were refused', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 2_300);
    await fillWaiting(pool, 200, { client: `'never'` });
    await addClient(pool, 'default', 'late');
    const run = options();
    expect(await replayOpen(pool, {}, { ...run, ...replay })).toEqual({
      replayed: 2_300,
      refused: { unknown_client: 200 },
      left: { lock: 0, elsewhere: 0 },
      notOpen: [],
      complete: true,
    });
    expect(run.told.at(-1)).toBe(2_500);
    expect(await countOf(pool, 'message')).toBe(2_300);
  });

  test('leaves open what waits for a lock, and nothing else', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 300);
    await fillWaiting(pool, 300, { client: `'locked'` });
    await addClient(pool, 'default', 'late');
    await addClient(pool, 'default', 'locked');
    const other = await pool.connect();
    await other.query(`begin; select * from client where id = 'locked' for update`);
    expect(await replayOpen(pool, {}, { ...options(), ...replay })).toMatchObject({
      replayed: 300,
      left: { lock: 300 },
      complete: true,
    });
    await other.query('rollback');
    other.release();
    expect(await replayOpen(pool, {}, { ...options(), ...replay })).toMatchObject({
      replayed: 300,
      left: { lock: 0 },
    });
  });

  test('that is interrupted goes on when it is asked again', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 2_300);
    await addClient(pool, 'default', 'late');
    const run = options();
    const interrupted = { ...run, ...replay, progress: run.abort };
    expect(await replayOpen(pool, {}, interrupted)).toMatchObject({ replayed: 1_000, complete: false });
    expect(await replayOpen(pool, {}, { ...options(), ...replay })).toMatchObject({ replayed: 1_300 });
    expect(await countOf(pool, 'message')).toBe(2_300);
  });

  test('of a rejection that is not open says so', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 1);
    await discardRejections(pool, { ids: ['1'] }, options());
    expect(await replayOpen(pool, { ids: ['1'] }, { ...options(), ...replay })).toMatchObject({
      replayed: 0,
      notOpen: [{ id: '1', state: 'discarded' }],
    });
  });

  test('reads no more than some megabytes of bodies at a time', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 9, { message: `'"' || repeat(md5(i::text), 31250) || '"'` });
    await addClient(pool, 'default', 'late');
    const run = options();
    expect(await replayOpen(pool, {}, { ...run, ...replay, maxExpandedBytes: 2_000_000 })).toMatchObject({
      replayed: 9,
    });
    expect(run.told).toEqual([5, 9, 9]);
  });

  test('reads no more than some megabytes of attributes at a time, and soon looks at fewer rejections', async () => {
    await using database = await createDatabase();
    const { pool } = database;
    await fillWaiting(pool, 9, { attributes: `jsonb_build_object('x', repeat('"', 1000000))` });
    await addClient(pool, 'default', 'late');
    const run = options();
    expect(await replayOpen(pool, {}, { ...run, ...replay })).toMatchObject({ replayed: 9, complete: true });
    expect(run.told).toEqual([5, 9, 9]);
  });
});
