import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';

const NOTIFICATION = JSON.stringify({
  Records: [
    {
      eventSource: 'aws:s3',
      eventTime: '2026-11-20T08:00:00.000Z',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'b', arn: 'arn:aws:s3:::b' }, object: { key: 'k', sequencer: '01' } },
    },
  ],
});

async function admin(database: TestDatabase, ...args: string[]) {
  await using program = new Program('admin/main.ts', args, { DATABASE_URL: database.url });
  const { code } = await program.exited;
  expect(program.stderr).not.toMatch(/\n\s+at /);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

test('a preset is added while the processor runs, takes what comes, and what came before is replayed', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  await using processor = new Program('processor/main.ts', [], {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: database.url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
  });
  await processor.logged('ready');
  await queue.send([NOTIFICATION]);
  const count = async (table: string) => (await database.pool.query(`select from ${table}`)).rowCount;
  await until(async () => (await count('rejection')) === 1, { what: 'the rejection' });
  await admin(database, 'event-type', 'add', 'default', 'ObjectCreated:Put');
  expect(
    await admin(database, 'mapping', 'add', 'uploads', '--preset', 's3', '--client', 'client-3'),
  ).toEqual({
    code: 0,
    stderr: '',
    stdout:
      'mapping uploads: registered; running processors use it within seconds\n1 rejection for invalid_envelope is open; to process them again: npm run admin -- rejections replay --reason invalid_envelope\n',
  });
  await until(async () => processor.logs.some(({ msg }) => msg === 'mappings read'), {
    what: 'the processor to read it',
  });
  await queue.send([NOTIFICATION.replace('"01"', '"02"')]);
  await until(async () => (await count('message')) === 1, { what: 'the message' });
  expect((await admin(database, 'rejections', 'replay', '--reason', 'invalid_envelope')).stdout).toContain(
    '1 rejection replayed',
  );
  const { rows } = await database.pool.query('select event_id, attributes from message order by event_id');
  expect(rows).toEqual([
    { event_id: 'b/k/01/ObjectCreated:Put', attributes: { mapping: 'uploads' } },
    { event_id: 'b/k/02/ObjectCreated:Put', attributes: { mapping: 'uploads' } },
  ]);
});

test('mappings are added, listed, shown, tried and removed', async () => {
  await using database = await createDatabase();
  const mapping = (...args: string[]) => admin(database, 'mapping', ...args);
  expect((await mapping('list')).stdout).toBe('no mappings: see "mapping presets"\n');
  expect((await mapping('presets')).stdout).toContain('S3 event notifications');
  const own = [
    '--attribute',
    'X-Kind=a',
    '--member',
    '/order',
    '--member',
    '/state=new | open',
    '--queue',
    'events',
  ];
  const values = [
    '--type',
    'user-app',
    '--client',
    '/client',
    '--id',
    '/order/id',
    '--payload',
    '/order',
    '--priority',
    '5',
  ];
  expect((await mapping('add', 'orders', ...own, ...values)).code).toBe(0);
  await mapping('add', 'alarms', '--preset', 'cloudwatch-alarm', '--client', 'client-1', '--tenant', 'acme');
  expect((await mapping('add', 'orders', ...own, ...values)).stderr).toContain(
    'there is already a mapping orders',
  );
  expect((await mapping('list')).stdout).toMatch(/orders[\s\S]*@X-Kind = a[\s\S]*alarms/);
  expect((await mapping('show', 'orders')).stdout).toContain('match        /state = new | open');
  const shown = JSON.parse((await mapping('show', 'alarms', '--json')).stdout);
  expect(shown).toMatchObject({ name: 'alarms', client: 'client-1', tenant: 'acme', id: '/id' });
  const file = join(tmpdir(), `body-${crypto.randomUUID()}.json`);
  const order = (client: string) => JSON.stringify({ order: { id: 7 }, state: 'open', client });
  await writeFile(file, order('client-3'));
  const tried = await mapping('test', file, '--attribute', 'x-kind=a');
  expect(tried.stdout).toMatch(/^stored\n[\s\S]*eventId +7\n[\s\S]*payload +\{"id":7\}/);
  expect((await mapping('test', file)).stdout).toContain('invalid_envelope: neither');
  expect((await mapping('test', file, '--attribute', 'X-Kind=a', '--queue', 'others')).stdout).toContain(
    'invalid_envelope',
  );
  await writeFile(file, order('nobody'));
  expect((await mapping('test', file, '--attribute', 'X-Kind=a')).stdout).toMatch(/^unknown_client\n/);
  expect((await database.pool.query('select from message')).rowCount).toBe(0);
  expect((await mapping('remove', 'orders')).stdout).toBe('mapping orders: removed\n');
  expect(await mapping('remove', 'orders')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no mapping orders'),
  });
});

test('a mapping that could take nothing, or make no event, is refused with the reason', async () => {
  await using database = await createDatabase();
  const add = async (...args: string[]) => {
    const { code, stderr } = await admin(database, 'mapping', 'add', 'm', ...args);
    return `${code}: ${stderr}`;
  };
  expect(await add('--preset', 's3')).toMatch(
    /^2: admin: .*\n {2}- the mapping cannot be used: client: is missing/,
  );
  expect(await add('--type', 't', '--client', 'c')).toContain('it would take whatever comes');
  expect(await add('--member', 'order', '--type', 't', '--client', 'c')).toContain('Expected a JSON pointer');
  expect(await add('--member', '/a', '--type', '/~', '--client', 'c')).toContain('/~ is no JSON pointer');
  expect(await add('--preset', 'lambda-destination', '--client', 'c')).toContain('says that itself');
  expect((await admin(database, 'mapping', 'test', '/none')).stderr).toContain('/none cannot be read');
});
