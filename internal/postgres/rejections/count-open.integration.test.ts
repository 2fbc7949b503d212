import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { fillWaiting } from '../../proof/kit/waiting-rejections.ts';
import { countOpenRejections } from './count-open.ts';

test('open rejections are counted by reason, each up to the maximum, without settled ones', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fillWaiting(pool, 7);
  await pool.query(
    "update rejection set reason = 'id_conflict' where id in (select id from rejection order by id limit 2)",
  );
  expect(await countOpenRejections(pool, 3)).toMatchObject({
    unknown_client: 3,
    id_conflict: 2,
    malformed_json: 0,
  });
  await pool.query(
    "update rejection set state = 'replayed', settled_at = now() where reason = 'unknown_client'",
  );
  expect(await countOpenRejections(pool, 100)).toMatchObject({ unknown_client: 0, id_conflict: 2 });
});
