import { expect, test } from 'vitest';
import { mintUuid7 } from '../../event/uuid7.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { readLanes, readLanesOf } from './lanes.ts';

test('lanes come in the order of transaction ids as numbers, also where these get one more digit', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const xids = [997n, 998n, 999n, 1_000n, 1_001n, 1_002n];
  for (const xid of xids)
    await pool.query(
      `insert into lane (tenant_id, client_id, xid, first_id, ids)
       values ('default', 'client-1', $1::text::xid8, $2, array[$2::uuid])`,
      [`${xid}`, mintUuid7()],
    );
  const client = { tenantId: 'default', clientId: 'client-1' };
  const pages = {
    ofAll: (from: bigint) => readLanes(pool, { from, to: 2_000n, limit: 4 }),
    ofOne: async (from: bigint) =>
      (await readLanesOf(pool, [{ ...client, from }], { to: 2_000n, limit: 4 }))[0],
  };
  for (const read of Object.values(pages)) {
    const seen: bigint[] = [];
    for (let from = 0n; from < 2_000n; ) {
      const { lanes = [], readTo = 2_000n } = (await read(from)) ?? {};
      seen.push(...lanes.map(({ xid }) => xid));
      from = readTo;
    }
    expect(seen).toEqual(xids);
  }
});
