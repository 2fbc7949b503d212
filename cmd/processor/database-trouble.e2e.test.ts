import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { ensurePartitions, listPartitions } from '#internal/postgres/partitions.ts';
import { addClient, addEventType, addTenant } from '#internal/postgres/registry/add.ts';
import { selfSigned } from '#internal/proof/kit/certificates.ts';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies, plainEvent } from '#internal/proof/kit/events.ts';
import { startPostgresTls } from '#internal/proof/kit/postgres-tls.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { onServer, urlOfDatabase } from '#internal/proof/kit/server.ts';
import { until } from '#internal/proof/kit/until.ts';

function start(url: string, queue: TestQueue, more: Readonly<Record<string, string>> = {}): Program {
  return new Program('processor/main.ts', [], {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
    REPLAY_INTERVAL_SECONDS: '1',
    ...more,
  });
}

async function nameOf({ pool }: TestDatabase): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('select current_database() as name');
  return rows[0]?.name ?? '';
}

async function stored({ pool }: TestDatabase, where = 'true'): Promise<number> {
  return (await pool.query(`select from message where ${where}`)).rowCount ?? 0;
}

async function ends(processor: Program, books: object): Promise<void> {
  processor.signal('SIGTERM');
  expect(await processor.exited).toEqual({ code: 0, signal: null });
  expect(await processor.logged('stopped')).toMatchObject({ ...books, balanced: true });
}

test('a DateStyle that is not ISO neither ends the processor nor keeps a rejection from its replay', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  await database.pool.query(`alter database ${await nameOf(database)} set datestyle to 'SQL, DMY'`);
  await using processor = start(database.url, queue);
  await processor.logged('ready');
  await queue.send([JSON.stringify(plainEvent('d2', { client_id: 'late' }))]);
  await until(async () => (await database.pool.query('select from rejection')).rowCount === 1, {
    what: 'the rejection',
  });
  await addClient(database.pool, 'default', 'late');
  await until(async () => (await stored(database)) === 1, { what: 'its replay' });
  await ends(processor, { rejected: 1 });
});

describe('the start', () => {
  async function daysMissing(database: TestDatabase, days: number): Promise<void> {
    const { pool } = database;
    await ensurePartitions(pool, new Date(), 8);
    for (const { name } of (await listPartitions(pool)).slice(-days)) await pool.query(`drop table ${name}`);
  }

  test('behind a report that holds the table makes the partitions all the same', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await daysMissing(database, 1);
    const report = await database.pool.connect();
    await report.query('begin; select count(*) from message');
    await using processor = start(database.url, queue);
    await processor.logged('ready');
    await processor.logged('partitions made');
    await report.query('rollback');
    report.release();
    await ends(processor, {});
  });

  test('of a user who may not make partitions needs only that of today, and says what is missing', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const { pool } = database;
    const name = await nameOf(database);
    const role = `role_${name}`;
    await pool.query(`create role ${role} login password 'secret'`);
    try {
      await pool.query(`grant select, insert, update on all tables in schema public to ${role}`);
      await pool.query(`grant usage on all sequences in schema public to ${role}`);
      await daysMissing(database, 7);
      const url = new URL(database.url);
      url.username = role;
      url.password = 'secret';
      await using processor = start(url.href, queue, { MIGRATE: 'false' });
      const { problems } = await processor.logged(
        'partitions could not be prepared; trying again every minute',
      );
      expect(String(problems)).toContain('lacks a right');
      await queue.send(plainBodies(10));
      await until(async () => (await stored(database)) === 10, { what: 'the events' });
      await ends(processor, { stored: 10 });
      for (const { name: partition } of await listPartitions(pool))
        await pool.query(`drop table ${partition}`);
      await using refused = start(url.href, queue, { MIGRATE: 'false' });
      expect((await refused.exited).code).toBe(1);
      expect(refused.stderr).toContain(
        'the table message has no partition for today, and none could be made',
      );
    } finally {
      await pool.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  test('on a database that is not in UTF-8 is refused, also by migrate and by doctor', async () => {
    const server = inject('databaseUrl');
    const name = `latin1_${process.pid}`;
    await onServer(server, `create database ${name} encoding 'LATIN1' template template0 locale 'C'`);
    try {
      await using queue = await createQueue();
      const url = urlOfDatabase(server, name);
      await using processor = start(url, queue);
      expect((await processor.exited).code).toBe(1);
      const words = 'the database has the encoding LATIN1';
      expect(processor.stderr).toContain(words);
      const env = { ...sqsEnvironment(queue.endpoint), DATABASE_URL: url, QUEUE_NAME: queue.name };
      await using migrate = new Program('admin/main.ts', ['migrate'], env);
      expect((await migrate.exited).code).toBe(1);
      expect(migrate.stderr).toContain(words);
      await using doctor = new Program('admin/main.ts', ['doctor'], env);
      expect((await doctor.exited).code).toBe(1);
      expect(doctor.stdout).toContain('FAIL     encoding: LATIN1');
    } finally {
      await onServer(server, `drop database ${name} with (force)`);
    }
  });
});

describe('behind TLS', () => {
  test('a certificate that is not trusted any more, and a server that cannot fork, are waited for', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
    const trusted = join(folder, 'trusted.pem');
    try {
      const [first, second] = [await selfSigned(), await selfSigned()];
      await writeFile(trusted, first.cert);
      await using front = await startPostgresTls(database.url, first);
      await using processor = start(`${front.url}?sslmode=verify-full&sslrootcert=${trusted}`, queue);
      await processor.logged('ready');
      await queue.send(plainBodies(10));
      await until(async () => (await stored(database)) === 10, { what: 'the first events' });

      const awayTimes = () =>
        processor.logs.filter(({ msg }) => String(msg).startsWith('PostgreSQL is away')).length;
      front.certificate = second;
      front.cut();
      await queue.send(plainBodies(10, {}, 10));
      await until(() => awayTimes() === 1, { what: 'the word that PostgreSQL is away' });
      await writeFile(trusted, second.cert); // without a restart
      await until(async () => (await stored(database)) === 20, { what: 'the events after that' });

      front.failing = true;
      front.cut();
      await queue.send(plainBodies(10, {}, 20));
      await until(() => awayTimes() === 2, { what: 'the word that PostgreSQL is away again' });
      front.failing = false;
      await until(async () => (await stored(database)) === 30, { what: 'the last events' });
      await ends(processor, { stored: 30, rejected: 0 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('the locks of clients of several tenants stopped all others, as long as they were held', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const { pool } = database;
  for (const tenant of ['acme', 'free']) {
    await addTenant(pool, tenant);
    await addEventType(pool, tenant, 'order', null);
    for (let i = 1; i <= 8; i += 1) await addClient(pool, tenant, `ware-${i}`);
  }
  await using processor = start(database.url, queue);
  await processor.logged('ready');
  const session = await pool.connect();
  await session.query(
    "begin; select from client where id = 'client-1' or tenant_id = 'acme' and id <> 'ware-8' for update",
  );
  const orders = (tenant: string) =>
    Array.from({ length: 8 }, (_, i) =>
      plainEvent(`${tenant}-${i}`, { tenant_id: tenant, client_id: `ware-${i + 1}`, event_type: 'order' }),
    );
  // What waits stands before what is free, in one batch.
  await queue.send([
    JSON.stringify([plainEvent('locked', { client_id: 'client-1' }), ...orders('acme'), ...orders('free')]),
  ]);
  await until(async () => (await stored(database)) === 9, { what: 'those that wait for nothing' });
  expect(await stored(database, "client_id = 'ware-8'")).toBe(2);
  expect(processor.logs.map(({ msg }) => msg)).not.toContain(
    'PostgreSQL is away; receiving pauses until it is back',
  );
  await session.query('commit');
  session.release();
  await until(async () => (await stored(database)) === 17, { what: 'those that waited' });
  await ends(processor, { stored: 17, released: 0 });
});

test("the lock of one client holds up neither its tenant's other clients nor other tenants", async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const { pool } = database;
  await addTenant(pool, 'acme');
  await addClient(pool, 'acme', 'ware');
  await addEventType(pool, 'acme', 'order', null);
  await using processor = start(database.url, queue);
  await processor.logged('ready');
  const session = await pool.connect();
  await session.query(
    "begin; select id from client where tenant_id = 'default' and id = 'client-1' for update",
  );
  const send = async (id: string) =>
    queue.send([
      JSON.stringify(plainEvent(id, { client_id: 'client-1' })),
      JSON.stringify(plainEvent(`${id}-other`, { client_id: 'client-2' })),
      JSON.stringify(plainEvent(id, { tenant_id: 'acme', client_id: 'ware', event_type: 'order' })),
    ]);
  for (let i = 1; i <= 3; i += 1) {
    await send(`m${i}`);
    await until(async () => (await stored(database, "client_id <> 'client-1'")) === 2 * i, {
      what: `those that wait for nothing, round ${i}`,
      timeoutMs: 20_000,
    });
  }
  expect(await stored(database, "client_id = 'client-1'")).toBe(0);
  await session.query('commit');
  session.release();
  await until(async () => (await stored(database, "client_id = 'client-1'")) === 3, {
    what: 'those that waited',
  });
  await ends(processor, { stored: 9, released: 0 });
});
