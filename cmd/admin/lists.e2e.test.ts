import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { admin, adminJson } from '#internal/proof/kit/admin.ts';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { countOf, fillWaiting } from '#internal/proof/kit/waiting-rejections.ts';

const environment = ({ url }: TestDatabase) => ({ DATABASE_URL: url });

async function addTenants({ pool }: TestDatabase, count: number): Promise<void> {
  await pool.query(
    `insert into tenant (id) select 'ten-' || lpad(i::text, 6, '0') from generate_series(1, ${count}) i`,
  );
}

/** Stores one event for client late, which is rejected first and then replayed. */
async function storeEvent(database: TestDatabase, source: string, eventId: string): Promise<void> {
  await fillWaiting(database.pool, 1);
  await database.pool.query('update rejection set body = convert_to($1, $2) where state = $3', [
    JSON.stringify({
      event_type: 'user-app',
      client_id: 'late',
      source,
      event_id: eventId,
      message: { n: 1 },
    }),
    'UTF8',
    'open',
  ]);
  await admin(environment(database), 'client', 'add', 'default', 'late');
  await admin(environment(database), 'rejections', 'replay', '--all');
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
      stderr: expect.stringContaining('\n  - not a key of this list: nonsense\n'),
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

describe('messages', () => {
  test('are listed and shown, by their id and by the id of their producer', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    expect((await admin(env, 'messages', 'list')).stdout).toBe('no messages\n');
    await storeEvent(database, 'shop', 'order-1');
    const [listed] = (await adminJson(env, 'messages', 'list', '--client', 'late', '--since', '1h')) as [
      { id: string },
    ];
    expect(listed).toMatchObject({
      tenantId: 'default',
      clientId: 'late',
      source: 'shop',
      eventId: 'order-1',
    });
    const byEventId = ['--event-id', 'order-1', '--source', 'shop'];
    expect(await adminJson(env, 'messages', 'list', ...byEventId)).toEqual([listed]);
    expect(await adminJson(env, 'messages', 'list', '--client', 'client-1')).toEqual([]);
    const shown = await admin(env, 'messages', 'show', listed.id);
    expect(shown.stdout).toContain('eventId          order-1\n');
    expect(shown.stdout).toContain('\npayload\n{\n    "n": 1\n}\n');
    expect(await adminJson(env, 'messages', 'show', listed.id)).toMatchObject({
      eventId: 'order-1',
      payload: { n: 1 },
    });
    expect(await adminJson(env, 'messages', 'show', ...byEventId)).toMatchObject([{ id: listed.id }]);
  });

  test('that cannot be found are said not to be there, and why', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    await storeEvent(database, 'shop', 'order-1');
    expect(await admin(env, 'messages', 'show', '--event-id', 'order-1')).toMatchObject({
      code: 1,
      stderr:
        'admin: no event with the id order-1 with an event type as its source was stored in tenant default\n',
    });
    await database.pool.query('truncate message');
    expect(
      (await admin(env, 'messages', 'show', '--event-id', 'order-1', '--source', 'shop')).stderr,
    ).toMatch(
      /^admin: an event of source shop with that id was stored as [-0-9a-f]{36} on 2\S+Z, and the partition of its day was dropped\n$/,
    );
    expect((await admin(env, 'messages', 'show', 'nonsense')).stderr).toBe(
      'admin: there is no message nonsense: see "messages list"\n',
    );
    expect((await admin(env, 'messages', 'show')).code).toBe(2);
    expect((await admin(env, 'messages', 'list', '--source', 'shop')).code).toBe(2);
    expect((await admin(env, 'messages', 'list', '--after', '7')).code).toBe(2);
  });
});

describe('remove', () => {
  test('takes what nothing refers to, and asks unless told not to', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    await admin(env, 'tenant', 'add', 'acme');
    await admin(env, 'client', 'add', 'acme', 'c');
    expect(await admin(env, 'client', 'remove', 'acme', 'c')).toMatchObject({
      code: 2,
      stderr: 'admin: Remove client c of tenant acme? There is no terminal to ask on: give --yes\n',
    });
    expect(await admin(env, 'client', 'remove', 'acme', 'c', '--yes')).toMatchObject({
      code: 0,
      stdout: 'client c of tenant acme: removed\n',
    });
    expect(await adminJson(env, 'tenant', 'remove', 'acme', '--yes')).toEqual({
      what: 'tenant acme',
      outcome: 'removed',
      openRejections: 0,
    });
    expect(await admin(env, 'tenant', 'remove', 'acme', '--yes')).toMatchObject({
      code: 1,
      stderr: 'admin: tenant acme is not registered\n',
    });
  });

  test('leaves what is referred to, and says what refers to it and how to find that', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    await storeEvent(database, 'shop', 'order-1');
    const client = await admin(env, 'client', 'remove', 'default', 'late', '--yes');
    expect(client.code).toBe(1);
    expect(client.stderr).toMatch(
      /^admin: client late of tenant default cannot be removed: it is referred to by\n {2}messages, such as [-0-9a-f]{36}: see "messages list --tenant default --client late"\n$/,
    );
    expect((await admin(env, 'tenant', 'remove', 'default', '--yes')).stderr).toContain(
      'clients, such as client-1: see "client list --tenant default"',
    );
    const eventType = await admin(env, 'event-type', 'remove', 'default', 'user-app', '--yes');
    expect(eventType.stderr).toContain('see "messages list --tenant default --type user-app"');
    expect((await admin(env, 'event-type', 'remove', 'default', 'monitor-app', '--yes')).code).toBe(0);
  });
});
