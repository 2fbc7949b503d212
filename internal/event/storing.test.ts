import { expect, test } from 'vitest';
import { StoreError } from './storing.ts';

test('a store error tells whether to try again, and keeps what caused it', () => {
  const cause = new Error('connect ECONNREFUSED');
  const error = new StoreError('unavailable', 'PostgreSQL cannot be reached', '08006', cause);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'StoreError',
    message: 'PostgreSQL cannot be reached',
    kind: 'unavailable',
    sqlState: '08006',
    cause,
  });
});
