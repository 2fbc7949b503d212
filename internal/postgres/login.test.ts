import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loginAt } from './login.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './url.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

function loginTo(url: string, iamAuth = false) {
  const address: DatabaseAddress = parseDatabaseUrl(url);
  const [host] = address.hosts;
  if (host === undefined) throw new Error('no host');
  return loginAt(host, address, { iamAuth });
}

describe('TLS', () => {
  test.each([
    ['', undefined],
    ['?sslmode=disable', false],
    ['?sslmode=no-verify', { rejectUnauthorized: false }],
    ['?sslmode=require', {}],
    ['?sslmode=verify-full', {}],
    ['?sslmode=verify-full&sslrootcert=system', {}],
  ])('is, for a URL that ends in "%s", %o', (query, ssl) => {
    expect(loginTo(`postgres://u:p@db.example/d${query}`).ssl).toEqual(ssl);
  });

  test('with verify-ca verifies the chain but not the name', () => {
    const { ssl } = loginTo('postgres://u:p@db.example/d?sslmode=verify-ca');
    expect(ssl).toEqual({ checkServerIdentity: expect.any(Function) });
  });

  test('reads its files for every connection, and says which one is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'login-'));
    const file = join(folder, 'root.crt');
    const url = `postgres://u:p@db.example/d?sslmode=verify-full&sslrootcert=${encodeURIComponent(file)}`;
    const read = [];
    for (const text of ['first', 'replaced']) {
      await writeFile(file, text);
      read.push(loginTo(url).ssl);
    }
    await rm(folder, { recursive: true });
    expect(read).toEqual([{ ca: 'first' }, { ca: 'replaced' }]);
    expect(() => loginTo(url)).toThrow('root.crt');
  });
});

describe('the password', () => {
  test('is that of the URL, whatever the environment says', () => {
    vi.stubEnv('PGPASSWORD', 'of the environment');
    expect(loginTo('postgres://u:secret@db.example/d').password).toBe('secret');
  });

  test('is left to the driver when the environment has one', () => {
    vi.stubEnv('PGPASSWORD', 'of the environment');
    expect(loginTo('postgres://u@db.example/d').password).toBeUndefined();
  });

  test('is looked up for each connection when neither has one, or when a token is used instead', () => {
    vi.stubEnv('PGPASSWORD', '');
    expect(loginTo('postgres://u@db.example/d').password).toBeTypeOf('function');
    expect(loginTo('postgres://u:secret@db.example/d', true).password).toBeTypeOf('function');
  });

  test.each([
    ['name.id.eu-west-1.rds.amazonaws.com', 'eu-west-1'],
    ['db.example', 'us-east-2'],
  ])('as a token is signed for %s in region %s', async (host, region) => {
    vi.stubEnv('AWS_REGION', 'us-east-2');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-a-secret');
    const { password } = loginTo(`postgres://u@${host}:5433/d`, true);
    const token = typeof password === 'function' ? await password() : '';
    expect(token).toMatch(new RegExp(`^${host}:5433/.*DBUser=u`));
    expect(decodeURIComponent(token)).toContain(`/${region}/rds-db/`);
  });
});
