import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { mintUuid7 } from '../../event/uuid7.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { insertEndpoint, TEST_SEALING } from '../../proof/kit/delivery-database.ts';
import { NOTHING } from '../../proof/kit/delivery-store-rig.ts';
import { StoreWentBack } from '../../sender/ports.ts';
import { openPool } from '../pool.ts';
import { PostgresDeliveryStore } from './store.ts';

test('on a standby that was promoted, marks of the timeline before are not written, facts are, and the next horizon tells', async () => {
  await using database = await createDatabase();
  const { pool: operator } = database;
  // Stands before PostgreSQL's own function, so that the timeline can change without a second server.
  await operator.query(`create function public.pg_walfile_name(pg_lsn) returns text language sql as
    $$ select coalesce(nullif(current_setting('test.timeline', true), ''), pg_catalog.pg_walfile_name($1)) $$`);
  await operator.query(
    `do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`,
  );
  const number = await insertEndpoint(operator);
  const pool = openPool(database.url, { max: 1, applicationName: 'test' });
  try {
    const store = await PostgresDeliveryStore.open({ pool, sealing: TEST_SEALING });
    const owner = { id: randomUUID(), name: 'test', leaseSeconds: 40 };
    const { held } = await store.hold(owner, []);
    await store.horizon();
    const [mark] = await store.marks([number]);
    if (mark === undefined) throw new Error('it has no mark');
    const written = { ...mark, xid: mark.xid + 1n };
    await store.record(owner, { ...NOTHING, held, marks: [written] });
    expect(await store.marks([number])).toEqual([written]);

    await pool.query(`set test.timeline = '00000002000000000000000A'`);
    const messageId = mintUuid7();
    const fact = {
      id: mintUuid7(),
      endpoint: number,
      unit: 0,
      messageId,
      number: 1,
      outcome: 'delivered',
      status: 200,
      error: undefined,
      response: undefined,
      milliseconds: 1,
      bodyDigest: undefined,
    } as const;
    await store.record(owner, {
      ...NOTHING,
      held,
      facts: [fact],
      marks: [{ ...written, xid: written.xid + 1n }],
    });
    expect(await store.marks([number])).toEqual([written]);
    expect((await operator.query('select from attempt where message_id = $1', [messageId])).rowCount).toBe(1);
    await expect(store.horizon()).rejects.toThrow(StoreWentBack);
    await store.record(owner, { ...NOTHING, held, marks: [{ ...written, xid: written.xid + 2n }] });
    expect((await store.marks([number]))[0]?.xid).toBe(written.xid + 2n);
  } finally {
    await pool.end();
  }
});
