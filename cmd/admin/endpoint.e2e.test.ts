import { expect, test } from 'vitest';
import { Sealing, headersContext, secretContext } from '#internal/postgres/sealing.ts';
import { admin, adminJson } from '#internal/proof/kit/admin.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { storeMessages } from '#internal/proof/kit/test-endpoint.ts';

const KEY = Buffer.alloc(32, 7);
const sealing = new Sealing([{ name: 'main', key: KEY }]);

function environment({ url }: { readonly url: string }): Record<string, string> {
  return { DATABASE_URL: url, SENDER_KEYS: `main:${KEY.toString('base64')}` };
}

test('an endpoint is added with its secret shown once, changed, paused, resumed and removed', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const env = environment(database);
  await storeMessages(pool, 3);
  const words = ['endpoint', 'add', 'client-3', 'https://example.com/hooks', '--id', 'shop'];
  const added = await admin(
    env,
    ...words,
    '--from',
    '1h',
    '--types',
    'user-app,order.*',
    '--header',
    'X-Team: a: b',
  );
  expect(added).toMatchObject({
    code: 0,
    stderr:
      'warning: no registered event type begins with order.: nothing is delivered for it before it is ("event-type add")\n',
  });
  const [, text = ''] = /secret, not shown again: (whsec_\S+)\n/.exec(added.stdout) ?? [];
  expect(added.stdout).toContain('messages from before, due now: 3');
  const { rows } = await pool.query(
    'select s.sealed, e.sealed_headers from endpoint e join endpoint_secret s on s.endpoint = e.number',
  );
  const name = { tenantId: 'default', id: 'shop' };
  expect(`whsec_${sealing.open(rows[0].sealed, secretContext(name)).toString('base64')}`).toBe(text);
  expect(sealing.open(rows[0].sealed_headers, headersContext(name)).toString()).toBe('{"x-team":"a: b"}');

  const set = [
    'endpoint',
    'set',
    'shop',
    '--url',
    'https://example.com/other',
    '--ordered',
    '--rate',
    '5',
    '--types',
    'all',
  ];
  expect(await admin(env, ...set)).toEqual({ code: 0, stdout: 'endpoint shop: changed\n', stderr: '' });
  expect((await admin(env, 'endpoint', 'pause', 'shop', '--reason', 'maintenance')).stdout).toBe(
    'endpoint shop: paused, was active\n',
  );
  const shown = await admin(env, 'endpoint', 'show', 'shop');
  expect(shown.stdout).toMatch(/stateReason\s+maintenance\n/);
  expect(shown.stdout).not.toContain('whsec');
  expect(await adminJson(env, 'endpoint', 'show', 'shop')).toMatchObject({
    url: 'https://example.com/other',
    ordered: true,
    ratePerSecond: 5,
    eventTypes: null,
    headerNames: ['x-team'],
    retrying: 3,
    secrets: [{ id: 1, kind: 'hmac', expiresAt: null }],
    replays: [{ kind: 'from', messages: 3 }],
  });
  expect((await admin(env, 'endpoint', 'resume', 'shop')).stdout).toBe('endpoint shop: active, was paused\n');
  expect((await admin(env, 'endpoint', 'list')).stdout).toMatch(
    /│ shop\s+│ client-3 │ active │ 0\s+│ 3\s+│ 0/,
  );
  const rotated = await adminJson(env, 'endpoint', 'rotate-secret', 'shop', '--keep', '1h');
  expect(rotated).toMatchObject({ id: 'shop', secret: { kind: 'hmac' }, oldValidUntil: expect.any(String) });
  expect((await admin(env, 'client', 'remove', 'default', 'client-3', '--yes')).stderr).toContain(
    'endpoints, such as shop: see "endpoint list --tenant default --client client-3"',
  );
  expect(await admin(env, 'endpoint', 'remove', 'shop')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Remove endpoint shop with 0 waiting, 3 retrying and 0 dead deliveries?'),
  });
  expect((await admin(env, 'endpoint', 'remove', 'shop', '--yes')).code).toBe(0);
  expect(await adminJson(env, 'endpoint', 'list')).toEqual([]);
});

test('what is wrong with a command line of an endpoint is said at once, and what is not there as well', async () => {
  await using database = await createDatabase();
  const env = environment(database);
  const wrong = ['--id', 'a/b', '--types', 'a*', '--concurrency', '129', '--retry', '0', '--secret', 'x'];
  const { code, stderr } = await admin(env, 'endpoint', 'add', 'client-3', 'https://example.com', ...wrong);
  expect(code).toBe(2);
  for (const said of [
    '--id: expected 1 to 64',
    'prefix.*',
    'from 1 to 128',
    'whole numbers with commas between, each from 1 to 604800',
    'whsec_',
  ])
    expect(stderr).toContain(said);
  expect(stderr.match(/--secret/g)).toHaveLength(1);
  expect(
    await admin(env, 'endpoint', 'add', 'client-3', 'https://example.com', '--from', '2999-01-01T00:00:00Z'),
  ).toMatchObject({ code: 2, stderr: expect.stringContaining('in the future') });
  expect(
    await admin({ DATABASE_URL: database.url }, 'endpoint', 'add', 'client-3', 'https://example.com'),
  ).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('SENDER_KEYS'),
  });
  expect((await admin(env, 'endpoint', 'add', 'nobody', 'https://example.com')).stderr).toContain(
    'client nobody of tenant default is not registered',
  );
  expect((await admin(env, 'endpoint', 'pause', 'nothing')).stderr).toContain('there is no endpoint nothing');
  expect((await admin(env, 'endpoint', 'set', 'nothing')).code).toBe(2);
});
