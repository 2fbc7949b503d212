import type pg from 'pg';
import { expect, test } from 'vitest';
import { earlierNow, serverOffset, whyReadOnly } from './conditions.ts';

const WRITES = {
  standby: false,
  read_only: 'off',
  by_default: 'off',
  source: 'default',
  database: 'events',
  role: '"the processor"',
};

function answering(row: object): pg.Pool {
  return { query: async () => ({ rows: [row] }) } as unknown as pg.Pool;
}

const read = (more: object) => whyReadOnly(answering({ ...WRITES, ...more }));

test('reports nothing for a database that takes writes', async () => {
  expect(await read({})).toBeNull();
});

test('reports a standby whatever the settings', async () => {
  expect(await read({ standby: true, read_only: 'on' })).toMatchObject({
    reason: expect.stringContaining('standby'),
    todo: expect.stringContaining('target_session_attrs=read-write'),
  });
});

test.each([
  ['database', 'run "alter database events reset default_transaction_read_only"'],
  ['user', 'run "alter role "the processor" reset default_transaction_read_only"'],
  [
    'database user',
    'run "alter role "the processor" in database events reset default_transaction_read_only"',
  ],
])('advises to reset a read-only setting of the %s where it was set', async (source, todo) => {
  expect(await read({ read_only: 'on', by_default: 'on', source })).toMatchObject({ todo });
});

test('reports a database that the configuration or a pooler makes read-only', async () => {
  const configured = await read({ read_only: 'on', by_default: 'on', source: 'configuration file' });
  expect(configured?.reason).toContain('the configuration of the server');
  expect((await read({ read_only: 'on' }))?.todo).toContain('pooler');
});

test("compares the server's clock with the middle of the call", async () => {
  const times = [10_000, 10_400];
  const offset = await serverOffset(answering({ ms: '70200' }), () => times.shift() ?? 0);
  expect(offset).toEqual({ seconds: 60, withinSeconds: 0.2 });
});

test.each([
  ['the server', '3600000', 0],
  ['this machine', '0', 3_600_000],
])('of two clocks the earlier one counts when that of %s is ahead', async (_, server, ours) => {
  expect(await earlierNow(answering({ ms: server }), () => ours)).toEqual(new Date(0));
});
