import { expect, test } from 'vitest';
import { STORE_STATEMENT } from '../../postgres/store-statement.ts';
import { withoutLanes } from './lanes.ts';

test('cuts all that lanes need out of the storing statement, and nothing else', () => {
  const cut = withoutLanes(STORE_STATEMENT);
  expect(cut).not.toMatch(/lane|advisory|has_endpoint/);
  for (const kept of ['insert into message_key', 'insert into message (', 'outcome as', 'set_config'])
    expect(cut).toContain(kept);
});

test('refuses a statement out of which it cannot cut them', () => {
  expect(() => withoutLanes(STORE_STATEMENT.replace('), fed as (', '), lanes_of as ('))).toThrow(
    'the lanes could not be cut out',
  );
});
