import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { countEndpointsByState } from './count-by-state.ts';

test('endpoints are counted by state, also the states without any', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  expect(await countEndpointsByState(pool)).toEqual({ active: 0, paused: 0, disabled: 0 });
  await pool.query(
    `insert into endpoint (tenant_id, client_id, id, url, state)
     select 'default', 'client-3', 'e-' || n, 'https://example.com', case when n < 3 then 'active' else 'disabled' end
       from generate_series(1, 5) n`,
  );
  expect(await countEndpointsByState(pool)).toEqual({ active: 2, paused: 0, disabled: 3 });
});
