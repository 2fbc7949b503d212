import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freePort } from '#internal/embedded/ports.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { until } from '#internal/proof/kit/until.ts';

async function refusesTakenPorts(ports: string[]): Promise<void> {
  await using second = new Program('services/main.ts', ports);
  expect((await second.exited).code).toBe(1);
  expect(second.stderr).toMatch(/port \d+ for PostgreSQL is taken/);
}

/** Services on free ports, with a data folder of their own. */
async function servicesOptions(): Promise<string[]> {
  const data = await mkdtemp(join(tmpdir(), 'services-'));
  const ports = [await freePort(), await freePort()];
  return ['--postgres-port', String(ports[0]), '--sqs-port', String(ports[1]), '--data', data];
}

/** Waits until the services print the URL of the database, and returns it. */
async function databaseOf(services: Program): Promise<string> {
  await until(() => services.stdout.includes('npm run processor'), {
    what: 'the instructions',
    timeoutMs: 60_000,
  });
  return /DATABASE_URL=(\S+)/.exec(services.stdout)?.[1] ?? '';
}

test('services keep their data, and print how to reach them', async () => {
  const options = await servicesOptions();
  for (const round of [1, 2]) {
    await using services = new Program('services/main.ts', options);
    const client = new pg.Client({ connectionString: await databaseOf(services) });
    await client.connect();
    await client.query('create table if not exists kept (round integer)');
    await client.query('insert into kept values ($1)', [round]);
    expect((await client.query('select from kept')).rowCount).toBe(round);
    await client.end();
    await refusesTakenPorts(options);
    services.signal('SIGINT');
    expect((await services.exited).code).toBe(0);
  }
});

test('services say when their PostgreSQL dies, and end', async () => {
  await using services = new Program('services/main.ts', await servicesOptions());
  const client = new pg.Client({ connectionString: await databaseOf(services) });
  client.on('error', () => {}); // the test breaks the connection
  await client.connect();
  const { rows } = await client.query<{ folder: string }>(
    "select current_setting('data_directory') as folder",
  );
  const [pid] = (await readFile(join(rows[0]?.folder ?? '', 'postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
  expect((await services.exited).code).toBe(1);
  expect(services.stderr).toMatch(/PostgreSQL ended \(SIGKILL\).*start the services again/s);
});
