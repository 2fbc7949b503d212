import { expect, test } from 'vitest';
import { uuid7LowerBound } from '../../event/uuid7.ts';
import { ensurePartitions } from '../../postgres/partitions.ts';
import { Sealing } from '../../postgres/sealing.ts';
import { openPool } from '../../postgres/pool.ts';
import { planGrants } from '../grants.ts';
import { runGrants } from '../../postgres/grants/statements.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { testRoles } from '../../proof/kit/roles.ts';
import { addTestEndpoint } from '../../proof/kit/test-endpoint.ts';
import { addEndpoint } from '../endpoints/add.ts';
import type { Finding } from './finding.ts';
import { checkSender } from './sender.ts';

const HOUR_MS = 3_600_000;

const sealingWith = (byte: number) => new Sealing([{ name: 'main', key: Buffer.alloc(32, byte) }]);

function resultsOf(findings: readonly Finding[]): Record<string, string> {
  return Object.fromEntries(findings.map(({ check, result }) => [check, result]));
}

async function setup() {
  const database = await createDatabase();
  const { pool } = database;
  const { signal } = new AbortController();
  await addEndpoint(
    pool,
    {
      tenantId: 'default',
      clientId: 'client-3',
      id: 'e',
      options: { url: 'https://example.com' },
      headers: { authorization: 'Bearer x' },
      secret: undefined,
      ed25519: true,
      from: undefined,
    },
    { sealing: sealingWith(1), signal, waiting() {} },
  );
  return { database, pool };
}

test('without endpoints there is nothing to check', async () => {
  await using database = await createDatabase();
  expect(await checkSender(database.pool, undefined)).toEqual([
    { check: 'endpoints', result: 'ok', detail: 'none' },
  ]);
});

test('all is well with a sender that is alive, and keys that open every secret', async () => {
  const { database, pool } = await setup();
  await using _ = database;
  await pool.query(`insert into sender values (gen_random_uuid(), 'host 1', now() + interval '1 minute')`);
  await pool.query(`update shard set owner = (select id from sender), until = now() + interval '1 minute'`);
  expect(resultsOf(await checkSender(pool, sealingWith(1)))).toEqual({
    endpoints: 'ok',
    'secrets of endpoints': 'ok',
    'positions of endpoints': 'ok',
    'transaction isolation': 'ok',
    senders: 'ok',
  });
});

test('a wrong key, another cluster, a missing sender and a disabled endpoint are told, with what to do', async () => {
  const { database, pool } = await setup();
  await using _ = database;
  await pool.query(`update endpoint set state = 'disabled', state_reason = 'status 410'`);
  await pool.query('update sender_cluster set system_identifier = 1');
  const findings = await checkSender(pool, sealingWith(2));
  expect(resultsOf(findings)).toEqual({
    endpoints: 'warn',
    'secrets of endpoints': 'fail',
    'positions of endpoints': 'fail',
    'transaction isolation': 'ok',
    senders: 'warn',
  });
  expect(findings[0]?.detail).toBe('1, of which 1 disabled: default/e');
  expect(findings[1]?.detail).toContain('those of default/e cannot be opened: the key "main"');
});

test('a key that may be taken away, one that may not, and an endpoint without a secret are told', async () => {
  const { database, pool } = await setup();
  await using _ = database;
  const secretsOf = async (sealing: Sealing) => (await checkSender(pool, sealing))[1];
  expect(await secretsOf(sealingWith(1))).toMatchObject({
    result: 'ok',
    detail: 'SENDER_KEYS opens them all, with its first key',
  });
  const keys = ['new', 'main'].map((name, i) => ({ name, key: Buffer.alloc(32, 2 - i) }));
  expect(await secretsOf(new Sealing(keys))).toMatchObject({
    result: 'ok',
    detail: expect.stringContaining('until "sender reseal" has run'),
  });
  await pool.query('delete from endpoint_secret');
  expect(await secretsOf(sealingWith(1))).toMatchObject({
    result: 'fail',
    detail: 'without a valid secret, so that nothing is sent to them: default/e',
  });
});

test('a message that waits for hours is told', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTestEndpoint(pool, 'e');
  await ensurePartitions(pool, new Date(Date.now() - 3 * HOUR_MS), 1);
  await pool.query(
    `insert into lane (tenant_id, client_id, first_id, ids) values ('default', 'client-3', $1, array[$1::uuid])`,
    [uuid7LowerBound(Date.now() - 3 * HOUR_MS)],
  );
  expect((await checkSender(pool, undefined))[0]).toMatchObject({
    result: 'warn',
    detail: expect.stringContaining('was stored 3 h ago'),
  });
});

test('what the role of the processor may not look at is skipped', async () => {
  const { database, pool } = await setup();
  await using _ = database;
  await using roles = testRoles(pool);
  const processor = await roles.make('processor');
  await runGrants(pool, (await planGrants(pool, { processor })).statements);
  const asProcessor = openPool(roles.urlFor(database.url, processor), { max: 1, applicationName: 'test' });
  try {
    expect(resultsOf(await checkSender(asProcessor, sealingWith(1)))).toEqual({
      endpoints: 'ok',
      'secrets of endpoints': 'skipped',
      'positions of endpoints': 'skipped',
      'transaction isolation': 'ok',
      senders: 'skipped',
    });
  } finally {
    await asProcessor.end();
  }
});
