import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { mintUuid7 } from '#internal/event/uuid7.ts';
import { admin, adminJson } from '#internal/proof/kit/admin.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { addTestEndpoint, storeMessages } from '#internal/proof/kit/test-endpoint.ts';
import { createHmac } from 'node:crypto';

test('deliveries are listed, shown and replayed, dead ones replayed and discarded', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  const env = { DATABASE_URL: database.url };
  const { number } = await addTestEndpoint(pool, 'shop');
  const [failed = '', dead = '', waiting = ''] = await storeMessages(pool, 3);
  for (const [id, outcome] of [
    [failed, 'failed'],
    [dead, 'dead'],
  ])
    await pool.query(
      `insert into attempt (id, endpoint, message_id, number, outcome, status, error, response, milliseconds)
       values ($1, $2, $3, 1, $4, 503, 'status 503', E'try again later\\n', 21)`,
      [mintUuid7(), number, id, outcome],
    );
  await pool.query(
    `insert into retry (endpoint, message_id, due_at, attempts) values ($1, $2, now() + interval '1 hour', 1)`,
    [number, failed],
  );
  await pool.query(
    `insert into dead (endpoint, message_id, died_at, attempts, reason) values ($1, $2, now(), 1, 'attempts')`,
    [number, dead],
  );

  const page = await admin(env, 'deliveries', 'list', '--limit', '1');
  expect(page.stdout).toMatch(new RegExp(`│ ${dead} │ default │ shop\\s+│ 1\\s+│ dead\\s+│ 503`));
  expect(page.stderr).toMatch(/--after [-0-9a-f]{36} shows the next ones/);
  expect(await adminJson(env, 'deliveries', 'list', '--status', 'failed', '--code', '503')).toMatchObject([
    { messageId: failed, endpointId: 'shop', milliseconds: 21 },
  ]);
  expect(await adminJson(env, 'deliveries', 'list', '--status', 'waiting')).toMatchObject([
    { messageId: waiting },
  ]);
  const retrying = await admin(env, 'deliveries', 'list', '--status', 'retrying');
  expect(retrying.stdout).toContain(failed);
  const shown = await admin(env, 'deliveries', 'show', failed);
  expect(shown.stdout).toMatch(
    /^endpoint shop of tenant default: due again \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/,
  );
  expect((await admin(env, 'deliveries', 'show', dead)).stdout).toContain(': dead: all attempts failed\n');
  expect(shown.stdout).toMatch(
    / \d\d:\d\d:\d\d │ failed  │ 503    │ 21 │ status 503\s+│\n.*│ try again later\s+│\n└/,
  );

  const replay = ['deliveries', 'replay', '--endpoint', 'shop'];
  expect(await adminJson(env, ...replay, '--since', '1h', '--only', 'failed')).toMatchObject({
    messages: 1,
    complete: true,
  });
  expect((await admin(env, ...replay, '--message', waiting)).stdout).toMatch(
    /^replay \d+: 1 message, due now\n$/,
  );
  const mistaken = await admin(env, ...replay, '--since', '2999-01-01T00:00:00Z');
  expect(mistaken.stderr).toContain('name one message with --message');
  expect(mistaken.stderr).toContain('--since is in the future');
  expect(await admin(env, ...replay, '--since', '1h', '--until', '2h', '--only', 'all')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--since must be before --until'),
  });
  expect((await admin(env, ...replay, '--message', mintUuid7())).code).toBe(1);
  expect((await admin(env, 'deliveries', 'replay', '--resume', '99')).stderr).toContain(
    'there is no replay 99',
  );

  expect(await admin(env, 'deliveries', 'list', '--tenant', 'default', '--endpoint', 'shpo')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no endpoint shpo in tenant default: see "endpoint list"'),
  });
  expect(await admin(env, 'dead', 'list', '--client', 'nobody')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no client nobody: see "client list"'),
  });
  expect((await admin(env, 'dead', 'list')).stdout).toMatch(new RegExp(`│ ${dead} │ default │ shop`));
  expect((await admin(env, 'dead', 'replay')).code).toBe(2);
  expect((await admin(env, 'dead', 'replay', '--endpoint', 'shop')).stdout).toBe(
    '1 dead delivery due again now\n',
  );
  expect(await adminJson(env, 'dead', 'discard', '--all', '--yes')).toEqual({ discarded: 0, complete: true });
});

test('a test event is sent at once, signed with the secret that was shown, and the answer decides the exit code', async () => {
  await using database = await createDatabase();
  const requests: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  let status = 204;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      requests.push({ headers: request.headers, body });
      response.writeHead(status).end(status === 204 ? undefined : 'no such shop');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  const env = {
    DATABASE_URL: database.url,
    SENDER_KEYS: `k:${Buffer.alloc(32).toString('base64')}`,
  };
  const local = { ...env, SENDER_ALLOW_HTTP: 'true', SENDER_ALLOW_CIDRS: '127.0.0.0/8' };
  try {
    const words = [
      'endpoint',
      'add',
      'client-3',
      url,
      '--id',
      'shop',
      '--header',
      'Host: a',
      '--header',
      'X-Team: b',
    ];
    const refused = await admin(env, ...words);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('SENDER_ALLOW_HTTP=true') });
    expect(refused.stderr).toContain('host belongs to the connection');
    const added = (await adminJson(local, ...words.slice(0, 6), '--header', 'X-Team: b')) as {
      secrets: { text: string }[];
    };
    const sent = await admin(local, 'endpoint', 'test', 'shop');
    expect(sent).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^endpoint shop: answered 204, after \d+ ms\n$/),
    });
    const [request] = requests;
    const { headers, body = '' } = request ?? {};
    expect(headers?.['x-team']).toBe('b');
    const key = Buffer.from(added.secrets[0]?.text.slice('whsec_'.length) ?? '', 'base64');
    const signed = `${String(headers?.['webhook-id'])}.${String(headers?.['webhook-timestamp'])}.${body}`;
    expect(headers?.['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    );
    expect(JSON.parse(body)).toMatchObject({
      type: 'endpoint.test',
      clientid: 'client-3',
      data: { test: true },
    });
    status = 404;
    const { code, stdout, stderr } = await admin(local, 'endpoint', 'test', 'shop');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'admin: the endpoint did not accept the event\n' });
    expect(stdout).toContain('answered 404, after');
    expect(stdout).toContain('no such shop');
  } finally {
    server.close();
  }
});
