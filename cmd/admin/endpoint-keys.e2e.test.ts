import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Sealing, secretContext } from '#internal/postgres/sealing.ts';
import { admin, adminJson } from '#internal/proof/kit/admin.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';

const ADMIN = new URL('main.ts', import.meta.url).pathname;
const OLD = `old:${Buffer.alloc(32, 7).toString('base64')}`;
const NEW = `new:${Buffer.alloc(32, 8).toString('base64')}`;
const SECRET = Buffer.alloc(32, 9);

async function adminReading(
  input: string,
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const running = promisify(execFile)(process.execPath, [ADMIN, ...args], { env });
  running.child.stdin?.end(input);
  return running.then(
    (ended) => ({ code: 0, ...ended }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test('a secret is read from standard input, and appears in no command line', async () => {
  await using database = await createDatabase();
  const env = { DATABASE_URL: database.url, SENDER_KEYS: OLD };
  const words = ['endpoint', 'add', 'client-3', 'https://example.com', '--id', 'shop', '--secret', '-'];
  const bad = await adminReading('secret\n', env, ...words);
  expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('standard input holds no secret') });
  const added = await adminReading(`whsec_${SECRET.toString('base64')}\n`, env, ...words);
  expect(added).toMatchObject({ code: 0, stderr: '' });
  const { rows } = await database.pool.query('select sealed from endpoint_secret');
  const sealing = new Sealing([{ name: 'old', key: Buffer.alloc(32, 7) }]);
  expect(sealing.open(rows[0].sealed, secretContext({ tenantId: 'default', id: 'shop' }))).toEqual(SECRET);
  const rotated = await adminReading(
    `whsec_${Buffer.alloc(32, 10).toString('base64')}`,
    env,
    'endpoint',
    'rotate-secret',
    'shop',
    '--secret',
    '-',
    '--json',
  );
  expect(JSON.parse(rotated.stdout)).toMatchObject({
    secret: { kind: 'hmac', text: `whsec_${Buffer.alloc(32, 10).toString('base64')}` },
  });
});

test('after a resealing an old key can be taken away; before it, "endpoint show" says which key is missing', async () => {
  await using database = await createDatabase();
  const env = (keys: string) => ({ DATABASE_URL: database.url, SENDER_KEYS: keys });
  await adminJson(env(OLD), 'endpoint', 'add', 'client-3', 'https://example.com', '--id', 'shop');
  expect(await adminJson(env(OLD), 'endpoint', 'show', 'shop')).toMatchObject({ problem: null });
  expect(await adminJson({ DATABASE_URL: database.url }, 'endpoint', 'show', 'shop')).not.toHaveProperty(
    'problem',
  );
  expect((await admin(env(NEW), 'endpoint', 'show', 'shop')).stdout).toMatch(
    /problem +the key "old" is not among SENDER_KEYS\n/,
  );
  expect(await admin(env(NEW), 'endpoint', 'rotate-secret', 'shop')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('give --keep 0, which drops them'),
  });
  expect((await admin(env(NEW), 'endpoint', 'list')).stdout).toContain('│ active, unreadable │');
  const closed = await admin(env(NEW), 'sender', 'reseal');
  expect(closed).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('endpoint shop of tenant default cannot be opened'),
    stderr: expect.stringContaining('put their keys back into SENDER_KEYS'),
  });
  expect((await admin(env(`${NEW},${OLD}`), 'sender', 'reseal')).stdout).toBe(
    '1 endpoint encrypted anew with the key new\nno endpoint needs another key of SENDER_KEYS\n',
  );
  expect(await adminJson(env(NEW), 'sender', 'reseal')).toEqual({
    key: 'new',
    resealed: 0,
    unopened: [],
    complete: true,
  });
  expect(await adminJson(env(NEW), 'endpoint', 'show', 'shop')).toMatchObject({ problem: null });
  await database.pool.query('delete from endpoint_secret');
  expect(await adminJson(env(NEW), 'endpoint', 'show', 'shop')).toMatchObject({
    problem: 'it has no secret that is valid',
  });
});
