import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '../embedded/ports.ts';
import { selfSigned } from '../proof/kit/certificates.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { startPostgresTls } from '../proof/kit/postgres-tls.ts';
import { explainDatabaseError } from './explain.ts';
import { openPool, type PoolOptions } from './pool.ts';

const OPTIONS: PoolOptions = { max: 2, applicationName: 'test' };

async function ask(url: string, options: Partial<PoolOptions> = {}): Promise<unknown> {
  const pool = openPool(url, { ...OPTIONS, ...options });
  try {
    return (await pool.query<{ one: number }>('select 1 as one')).rows[0]?.one;
  } finally {
    await pool.end();
  }
}

describe('several hosts', () => {
  test('are tried in turn, and the first that answers stays in use', async () => {
    await using database = await createDatabase();
    const url = new URL(database.url);
    const several = `postgres://postgres:postgres@127.0.0.1:${await freePort()},${url.host}${url.pathname}`;
    expect(await ask(several)).toBe(1);
  });

  test('that all fail give the error of the last one', async () => {
    const several = `postgres://u@127.0.0.1:${await freePort()},127.0.0.1:${await freePort()}/x`;
    await expect(ask(several)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('that take no writes are skipped when writes are required', async () => {
    await using database = await createDatabase();
    const { rows } = await database.pool.query<{ name: string }>('select current_database() as name');
    await database.pool.query(`alter database ${rows[0]?.name} set default_transaction_read_only = on`);
    expect(await ask(database.url)).toBe(1);
    await expect(ask(`${database.url}?target_session_attrs=read-write`)).rejects.toThrow('takes no writes');
  });
});

describe('a password file', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('is read for every connection, so that a changed password needs no restart', async () => {
    await using database = await createDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'pgpass-'));
    const file = join(folder, 'pgpass');
    const put = async (password: string) => {
      await writeFile(file, `127.0.0.1:*:*:postgres:${password}\n`);
      await chmod(file, 0o600);
    };
    vi.stubEnv('PGPASSFILE', file);
    const url = new URL(database.url);
    const pool = openPool(`postgres://postgres@${url.host}${url.pathname}`, OPTIONS);
    await put('not-the-password');
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: '28P01' });
    await put(url.password);
    expect((await pool.query('select 1')).rowCount).toBe(1);
    await pool.end();
    await rm(folder, { recursive: true });
  });
});

describe('over TLS', () => {
  async function setup(hosts?: string[]) {
    const stack = new AsyncDisposableStack();
    const database = stack.use(await createDatabase());
    const certificate = await selfSigned(hosts);
    const front = stack.use(await startPostgresTls(database.url, certificate));
    const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    await writeFile(file, certificate.cert);
    return { url: front.url, file, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }

  const told = async (url: string) => {
    const error = await ask(url).catch((cause: unknown) => cause);
    return explainDatabaseError(error, url);
  };

  test.each(['prefer', 'require', 'verify-ca', 'verify-full'])(
    'sslmode=%s requires a certificate of a trusted authority',
    async (mode) => {
      await using server = await setup();
      expect(await told(`${server.url}?sslmode=${mode}`)).toMatch(
        /certificate .* is refused .*sslrootcert=FILE/,
      );
      expect(await ask(`${server.url}?sslmode=${mode}&sslrootcert=${server.file}`)).toBe(1);
    },
  );

  test('verify-ca accepts a certificate for another name, and no other mode does', async () => {
    await using server = await setup(['db.example']);
    const url = server.url.replace('127.0.0.1', 'localhost');
    expect(await told(`${url}?sslmode=verify-full&sslrootcert=${server.file}`)).toContain(
      'it is for another host',
    );
    expect(await ask(`${url}?sslmode=verify-ca&sslrootcert=${server.file}`)).toBe(1);
  });

  test('no-verify encrypts without any verification', async () => {
    await using server = await setup();
    expect(await ask(`${server.url}?sslmode=no-verify`)).toBe(1);
  });

  test('a missing file and a server without TLS are explained', async () => {
    await using server = await setup();
    await using database = await createDatabase();
    expect(await told(`${server.url}?sslmode=verify-full&sslrootcert=/nowhere.pem`)).toContain(
      'cannot be read (ENOENT /nowhere.pem)',
    );
    expect(await told(`${database.url}?sslmode=require`)).toContain('has no TLS');
  });
});
