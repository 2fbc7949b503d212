import type pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { addTestEndpoint, storeMessages } from '../../proof/kit/test-endpoint.ts';
import { demandSameCluster } from '../deliveries/cluster.ts';
import { laneHorizon } from '../deliveries/horizon.ts';
import { adoptKeptIds, rebase } from './rebase.ts';

/** What each endpoint is still to be given, in order. */
async function waiting(pool: pg.Pool): Promise<Record<string, string[]>> {
  const { rows } = await pool.query<{ endpoint: string; ids: string[] }>(
    `select e.id as endpoint, array_agg(w.id::text order by l.xid, w.id) as ids
       from endpoint e join endpoint_mark k on k.endpoint = e.number
       join lane l on l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= k.xid
      cross join lateral unnest(l.ids) as w (id)
      group by e.id`,
  );
  return Object.fromEntries(rows.map(({ endpoint, ids }) => [endpoint, ids]));
}

/** Makes a database look as if it had been restored from a cluster whose ids were greater by `shift`, or smaller. */
async function restored(pool: pg.Pool, shift: number): Promise<void> {
  const shifted = (column: string) => `(${column}::text::bigint + ${shift})::text::xid8`;
  await pool.query(`update lane set xid = ${shifted('xid')}`);
  await pool.query(`update endpoint_mark set xid = ${shifted('xid')}`);
  await pool.query(`update replay set boundary = ${shifted('boundary')}`);
  await pool.query('update sender_cluster set system_identifier = 1');
}

test.each([10_000_000, -200, 3_000_000_000_000])(
  'positions from a cluster whose ids were %d further keep their order, lanes written since come last, and all lie below the next id',
  async (shift) => {
    await using database = await createDatabase();
    const { pool } = database;
    await addTestEndpoint(pool, 'first');
    const before = [...(await storeMessages(pool, 3)), ...(await storeMessages(pool, 2))];
    await addTestEndpoint(pool, 'second', { from: new Date(Date.now() - 3_600_000) });
    await addTestEndpoint(pool, 'other', { clientId: 'client-1' });
    const after = [...(await storeMessages(pool, 1)), ...(await storeMessages(pool, 4))];
    const [others = ''] = await storeMessages(pool, 1, { client_id: 'client-1' });
    await restored(pool, shift);
    const since = await storeMessages(pool, 2);
    expect(await rebase(pool)).toEqual({ kind: 'rebased', lanes: 6, endpoints: 3 });
    expect(await waiting(pool)).toEqual({
      first: [...before, ...after, ...since],
      second: [...after, ...since],
      other: [others],
    });
    const { xid: horizon } = await laneHorizon(pool);
    const { rows } = await pool.query<{ most: string; boundary: string; mark: string }>(
      `select (select max(xid::text::bigint) from lane) as most, r.boundary::text as boundary, k.xid::text as mark
         from replay r join endpoint_mark k on k.endpoint = r.endpoint`,
    );
    expect(BigInt(rows[0]?.most ?? 0)).toBeLessThan(horizon);
    expect(rows[0]?.boundary).toBe(rows[0]?.mark);
    const [later = ''] = await storeMessages(pool, 1);
    expect((await waiting(pool))['second']?.at(-1)).toBe(later);
    expect(await rebase(pool)).toEqual({ kind: 'same' });
  },
);

test('nothing is renumbered while a sender is alive, nor in the same cluster', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTestEndpoint(pool, 'first');
  await storeMessages(pool, 2);
  const marks = async () => (await pool.query('select xid::text from endpoint_mark')).rows;
  const unchanged = await marks();
  expect(await rebase(pool)).toEqual({ kind: 'same' });
  await pool.query(
    `insert into sender (id, name, until) values (gen_random_uuid(), 'host 7', now() + interval '1 minute')`,
  );
  await pool.query('update sender_cluster set system_identifier = 1');
  expect(await rebase(pool)).toEqual({ kind: 'alive', senders: ['host 7'] });
  expect(await marks()).toEqual(unchanged);
});

test('after an upgrade that kept transaction ids, positions stay as they are, and senders may start', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTestEndpoint(pool, 'first');
  await storeMessages(pool, 2);
  await pool.query('update endpoint_mark set xid = pg_snapshot_xmax(pg_current_snapshot())'); // all is delivered
  const later = await storeMessages(pool, 1);
  await pool.query('update sender_cluster set system_identifier = 1');
  expect(await adoptKeptIds(pool)).toEqual({ kind: 'adopted' });
  expect(await waiting(pool)).toEqual({ first: later });
  await demandSameCluster(pool);
  expect(await adoptKeptIds(pool)).toEqual({ kind: 'same' });
});

test('ids of a dump are not taken for kept ones', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTestEndpoint(pool, 'first');
  await storeMessages(pool, 2);
  await restored(pool, -200);
  expect(await adoptKeptIds(pool)).toEqual({ kind: 'copied' });
  expect((await rebase(pool)).kind).toBe('rebased');
});
