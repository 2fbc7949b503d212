import { expect, test } from 'vitest';
import { freePort } from '#internal/embedded/ports.ts';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { until } from '#internal/proof/kit/until.ts';

const NOWHERE = 'postgres://postgres:secret@127.0.0.1:1/postgres';
const WAITS = 'PostgreSQL is away: the start waits for it';
const KEYS = `test:${Buffer.alloc(32, 5).toString('base64')}`;

function start(databaseUrl: string, more: Readonly<Record<string, string>> = {}): Program {
  return new Program('sender/main.ts', [], {
    DATABASE_URL: databaseUrl,
    SENDER_KEYS: KEYS,
    HEALTH_PORT: '0',
    ...more,
  });
}

async function page(port: number, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

test('while PostgreSQL is away at the start the sender waits, answers for itself, and goes on by itself', async () => {
  await using postgres = await startPostgres();
  await postgres.stop();
  const port = await freePort();
  await using sender = start(postgres.url, { HEALTH_PORT: String(port) });
  expect((await sender.logged(WAITS))['problem']).toContain('cannot be reached');
  expect(await page(port, '/livez')).toMatchObject({ status: 200 });
  expect(await page(port, '/readyz')).toEqual({
    status: 503,
    text: expect.stringContaining('cannot be reached'),
  });
  expect((await page(port, '/metrics')).text).toContain('\nevent_sender_up{part="postgres"} 0\n');
  await postgres.start();
  await sender.logged('ready');
  await until(async () => (await page(port, '/readyz')).status === 200, { what: '/readyz' });
  await postgres.stop();
  await until(async () => /^postgres: .*cannot be reached/.test((await page(port, '/readyz')).text), {
    what: 'the reason on /readyz',
    timeoutMs: 20_000,
  });
  await postgres.start();
  await until(async () => (await page(port, '/readyz')).status === 200, {
    what: '/readyz',
    timeoutMs: 20_000,
  });
  sender.signal('SIGTERM');
  expect(await sender.exited).toEqual({ code: 0, signal: null });
});

test('a signal ends the wait in order, and a limit with what is wrong', async () => {
  await using waiting = start(NOWHERE);
  await waiting.logged(WAITS);
  waiting.signal('SIGTERM');
  expect(await waiting.exited).toEqual({ code: 0, signal: null });
  expect(await waiting.logged('stopped')).toMatchObject({ taken: 0, balanced: true });
  await using impatient = start(NOWHERE, { START_WAIT_SECONDS: '0' });
  expect((await impatient.exited).code).toBe(1);
  expect(impatient.stderr).toMatch(/^sender: PostgreSQL at 127\.0\.0\.1:1\/postgres cannot be reached/);
});

test('mistakes in options, variables and .env are told at once, without the keys, and end it with 2', async () => {
  const env = {
    DATABASE_URL: NOWHERE,
    SENDER_KEYS: 'main:c2hvcnQ=',
    SENDER_CONCURRENCY: '0',
    SENDER_CA_FILE: '/no/ca.pem',
  };
  await using sender = new Program('sender/main.ts', ['--bogus'], env);
  expect((await sender.exited).code).toBe(2);
  for (const told of ['--bogus', 'SENDER_KEYS', 'SENDER_CONCURRENCY must', 'SENDER_CA_FILE cannot be used'])
    expect(sender.stderr).toContain(told);
  expect(sender.stderr).not.toContain('c2hvcnQ');
  await using keyless = new Program('sender/main.ts', [], { DATABASE_URL: NOWHERE });
  expect((await keyless.exited).code).toBe(2);
  expect(keyless.stderr).toContain('SENDER_KEYS is missing');
});

test('a database that was restored from another cluster ends the start with what to do', async () => {
  await using database = await createDatabase();
  await database.pool.query('insert into sender_cluster values (1)');
  await using sender = start(database.url);
  expect((await sender.exited).code).toBe(2);
  expect(sender.stderr).toContain('admin -- sender rebase');
});
