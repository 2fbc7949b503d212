import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { admin, adminJson } from '#internal/testkit/admin.ts';
import { createDatabase, type TestDatabase } from '#internal/testkit/database.ts';
import { countOf, fillWaiting } from '#internal/testkit/waiting-rejections.ts';

const environment = ({ url }: TestDatabase) => ({ DATABASE_URL: url });

async function addTenants({ pool }: TestDatabase, count: number): Promise<void> {
  await pool.query(
    `insert into tenant (id) select 'ten-' || lpad(i::text, 6, '0') from generate_series(1, ${count}) i`,
  );
}

describe('lists', () => {
  test('of tens of thousands of tenants are printed, as a table and as JSON', async () => {
    await using database = await createDatabase();
    await addTenants(database, 30_000);
    const { stdout } = await admin(environment(database), 'tenant', 'list');
    expect(stdout.split('\n')).toHaveLength(30_001 + 5); // default, three lines of the head, one of the end
    expect(stdout).toContain('│ ten-030000 │');
    expect(await adminJson(environment(database), 'tenant', 'list')).toHaveLength(30_001);
  });

  test('end quietly when whoever reads them has enough', async () => {
    await using database = await createDatabase();
    await addTenants(database, 30_000);
    const program = fileURLToPath(new URL('main.ts', import.meta.url));
    const child = spawn(process.execPath, [program, 'tenant', 'list'], {
      env: { PATH: process.env['PATH'], ...environment(database) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await exited).toBe(0);
    expect(stderr).toBe('');
  });

  test('go on after the last key, and say that there is more', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    await database.pool.query(`insert into tenant (id) values ('a/b''c')`);
    await database.pool.query(`insert into client (tenant_id, id) values ('a/b''c', 'x y'), ('a/b''c', 'z')`);
    const page = await admin(env, 'client', 'list', '--limit', '1');
    expect(page.stdout).toContain('x y');
    expect(page.stderr).toContain('--after a%2Fb%27c/x%20y shows the next ones');
    expect(
      await adminJson(env, 'client', 'list', '--after', 'a%2Fb%27c/x%20y', '--limit', '1'),
    ).toMatchObject([{ tenantId: "a/b'c", name: 'z' }]);
    expect(await adminJson(env, 'client', 'list', '--limit', '2', '--tenant', 'default')).toMatchObject([
      { name: 'client-1' },
      { name: 'client-2' },
    ]);
    expect(await admin(env, 'client', 'list', '--after', 'nonsense')).toMatchObject({
      code: 2,
      stderr: 'admin: not a key of this list: nonsense\n',
    });
    expect((await admin(env, 'client', 'list', '--limit', '0')).code).toBe(2);
    expect((await admin(env, 'event-type', 'list', '--limit', 'all')).stdout).toContain('user-app');
  });

  test('of rejections show ids whole, and go on after one', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    await database.pool.query('alter table rejection alter id restart with 10000000');
    await fillWaiting(database.pool, 7_000);
    const { stdout, stderr } = await admin(env, 'rejections', 'list', '--limit', '3');
    expect(stdout.match(/│ 1000699[789] │/g)).toHaveLength(3);
    expect(stdout).toContain('│ open  │ unknown_client │ 7000 ');
    expect(stderr).toContain('--after 10006997 shows the next ones');
    const next = ['rejections', 'list', '--limit', '1', '--after', '10006997'];
    expect(await adminJson(env, ...next)).toMatchObject({
      rejections: [{ id: '10006996' }],
      counts: [{ state: 'open', reason: 'unknown_client', count: 7_000 }],
    });
    expect(await adminJson(env, 'rejections', 'list')).toMatchObject({ rejections: { length: 7_000 } });
  });
});

describe('rejections', () => {
  test('of more than a page are discarded, each by its own transaction', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    await fillWaiting(database.pool, 12_000);
    const discard = ['rejections', 'discard', '--reason', 'unknown_client', '--yes'];
    expect(await admin(env, ...discard)).toMatchObject({ code: 0, stdout: '12000 rejections discarded\n' });
    expect(await countOf(database.pool, `rejection where state = 'open'`)).toBe(0);
  });

  test('that are named and not open are said not to be, with exit code 1; the others are done', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    await fillWaiting(database.pool, 2);
    expect((await admin(env, 'rejections', 'discard', '1', '--yes')).code).toBe(0);
    const { code, stdout, stderr } = await admin(env, 'rejections', 'discard', '1', '2', '3', '--yes');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '1 rejection discarded\n' });
    expect(stderr).toBe('admin: rejection 1 is not open: it is discarded\nthere is no rejection 3\n');
    const replay = await admin(env, 'rejections', 'replay', '1', '--json');
    expect({ ...replay, stdout: JSON.parse(replay.stdout) }).toMatchObject({
      code: 1,
      stdout: { replayed: 0, refused: {}, notOpen: [{ id: '1', state: 'discarded' }] },
    });
  });
});
