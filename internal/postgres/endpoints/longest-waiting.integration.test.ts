import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { addTestEndpoint, storeMessages } from '../../proof/kit/test-endpoint.ts';
import { uuid7Milliseconds } from '../../event/uuid7.ts';
import { longestWaiting } from './longest-waiting.ts';

test('the endpoints that wait longest come first, with what is past their marks; others are left out', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const { number: ahead } = await addTestEndpoint(pool, 'ahead');
  await addTestEndpoint(pool, 'behind');
  const { number: paused } = await addTestEndpoint(pool, 'paused');
  const { number: done } = await addTestEndpoint(pool, 'done');
  const [first = ''] = await storeMessages(pool, 3);
  await pool.query(
    'update endpoint_mark set xid = pg_snapshot_xmax(pg_current_snapshot()) where endpoint = any($1)',
    [[ahead, done]],
  );
  const [second = ''] = await storeMessages(pool, 2);
  await pool.query("update endpoint set state = 'paused' where number = $1", [paused]);
  await pool.query(
    'update endpoint_mark set xid = pg_snapshot_xmax(pg_current_snapshot()) where endpoint = $1',
    [done],
  );
  const [behindRow, aheadRow] = [
    {
      tenantId: 'default',
      endpointId: 'behind',
      waiting: 5,
      oldestMs: expect.closeTo(uuid7Milliseconds(first), -2),
    },
    {
      tenantId: 'default',
      endpointId: 'ahead',
      waiting: 2,
      oldestMs: expect.closeTo(uuid7Milliseconds(second), -2),
    },
  ];
  expect(await longestWaiting(pool, 20)).toEqual([behindRow, aheadRow]);
  expect(await longestWaiting(pool, 1)).toEqual([behindRow]);
});
