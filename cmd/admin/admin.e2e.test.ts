import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { admin, adminJson as json } from '#internal/proof/kit/admin.ts';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { MIGRATIONS } from '#internal/proof/kit/migrations.ts';
import { plainBodies, plainEvent } from '#internal/proof/kit/events.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';

function environment(database: TestDatabase, queue?: TestQueue): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    HEALTH_PORT: '0',
    ...(queue === undefined ? {} : { ...sqsEnvironment(queue.endpoint), QUEUE_NAME: queue.name }),
  };
}

async function drain(database: TestDatabase, queue: TestQueue): Promise<void> {
  const env = { ...environment(database, queue), HEALTH_PORT: '0' };
  await using processor = new Program('processor/main.ts', ['--until-empty'], env);
  expect((await processor.exited).code).toBe(0);
}

describe('registry', () => {
  test('takes tenants, clients and event types, and says what was there already', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    expect((await admin(env, 'tenant', 'add', 'acme')).stdout).toBe('tenant acme: registered\n');
    expect((await admin(env, 'tenant', 'add', 'acme')).stdout).toBe('tenant acme: was registered already\n');
    expect((await admin(env, 'client', 'add', 'acme', 'c')).code).toBe(0);
    expect(await json(env, 'client', 'list', '--tenant', 'acme')).toMatchObject([
      { tenantId: 'acme', name: 'c' },
    ]);
    expect((await admin(env, 'tenant', 'list')).stdout).toContain('acme');
    expect(await admin(env, 'client', 'add', 'nobody', 'c')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the tenant is not registered'),
    });
  });

  test('takes a schema that compiles, and no other', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    const file = join(tmpdir(), `schema-${crypto.randomUUID()}.json`);
    await writeFile(file, '{"type": "object", "required": ["n"]}');
    expect((await admin(env, 'event-type', 'add', 'default', 'new-app', '--schema', file)).code).toBe(0);
    expect(await json(env, 'event-type', 'list')).toContainEqual(
      expect.objectContaining({ name: 'new-app', schema: { type: 'object', required: ['n'] } }),
    );
    await writeFile(file, '{"type": "no such type", "properties": {"a": {"$ref": "#/nowhere"}}}');
    const { code, stderr } = await admin(env, 'event-type', 'add', 'default', 'new-app', '--schema', file);
    expect(code).toBe(1);
    expect(stderr).toContain('not a JSON Schema that can be used');
    expect(stderr).toContain('/type must be one of');
    expect(stderr).toContain('/properties/a/$ref "#/nowhere" leads nowhere');
  });

  test('refuses a schema that promises to answer later, or is of a draft that is not taken', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    const file = join(tmpdir(), `schema-${crypto.randomUUID()}.json`);
    const add = () => admin(env, 'event-type', 'add', 'default', 'new-app', '--schema', file, '--force');
    await writeFile(file, '{"$async": true, "type": "object"}');
    expect(await add()).toMatchObject({ code: 1, stderr: expect.stringContaining('/$async promises') });
    await writeFile(file, '{"$schema": "http://json-schema.org/draft-03/schema#"}');
    expect(await add()).toMatchObject({ code: 1, stderr: expect.stringContaining('draft-04') });
    await writeFile(file, '{"$schema": "http://json-schema.org/draft-06/schema#", "const": 1}');
    expect(await add()).toMatchObject({ code: 0, stderr: '' });
  });

  test('registers what is probably a mistake, and says so', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    const file = join(tmpdir(), `schema-${crypto.randomUUID()}.json`);
    await writeFile(file, '{"requried": ["n"], "multipleOf":0.10}');
    const add = ['event-type', 'add', 'default', 'new-app', '--schema', file];
    const said = await admin(env, ...add);
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('registered') });
    expect(said.stderr).toMatch(/^warning: \/requried does nothing: .*required was probably meant\n$/);
    expect(await json(env, ...add)).toMatchObject({
      outcome: 'exists',
      warnings: [expect.stringContaining('required was probably meant')],
    });
    expect((await admin(env, 'event-type', 'list', '--json')).stdout).toContain('"multipleOf":0.10');
  });

  test('refuses a pattern in exponential time unless it is forced to', async () => {
    await using database = await createDatabase();
    const env = environment(database);
    const file = join(tmpdir(), `schema-${crypto.randomUUID()}.json`);
    await writeFile(file, '{"pattern": "^(a+)+$"}');
    const add = ['event-type', 'add', 'default', 'new-app', '--schema', file];
    const refused = await admin(env, ...add);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/exponential time .*for instance in 'a'.*; --force registers it anyway/);
    const forced = await admin(env, ...add, '--force');
    expect(forced).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warning: .*exponential time/) });
  });
});

describe('rejections', () => {
  test('are listed with counts, shown, replayed once and discarded', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const env = environment(database);
    await queue.send([
      'Hello \u009b31m World',
      JSON.stringify(plainEvent('x', { client_id: 'late' })),
      ...plainBodies(2),
    ]);
    await drain(database, queue);
    const listed = await admin(env, 'rejections', 'list');
    expect(listed.stdout).toContain('malformed_json');
    expect(listed.stdout).toContain('unknown_client');
    const { rejections, counts } = (await json(env, 'rejections', 'list', '--reason', 'malformed_json')) as {
      rejections: { id: string }[];
      counts: unknown;
    };
    expect(counts).toEqual([{ state: 'open', reason: 'malformed_json', count: 1 }]);
    const shown = await admin(env, 'rejections', 'show', rejections[0]?.id ?? '');
    expect(shown.stdout).toContain('Hello \\u009b31m World');
    await admin(env, 'client', 'add', 'default', 'late');
    const replay = () => json(env, 'rejections', 'replay', '--tenant', 'default');
    expect(await replay()).toEqual({ replayed: 1, refused: {} });
    expect(await replay()).toEqual({ replayed: 0, refused: {} });
    expect((await database.pool.query("select from message where client_id = 'late'")).rowCount).toBe(1);
    expect(await json(env, 'rejections', 'replay', '--all')).toEqual({
      replayed: 0,
      refused: { malformed_json: 1 },
    });
    expect((await admin(env, 'rejections', 'discard')).code).toBe(2);
    expect((await admin(env, 'rejections', 'discard', '--all')).stderr).toContain('--yes');
    expect(await json(env, 'rejections', 'discard', '--all', '--yes')).toEqual({ discarded: 1 });
    expect((await admin(env, 'rejections', 'list')).stdout).toBe('no rejections\n');
  });

  test('of compressed bodies are shown expanded as well, and replayed', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const env = environment(database, queue);
    const event = JSON.stringify(plainEvent('x', { client_id: 'late' }));
    const body = zstdCompressSync(event).toString('base64');
    const [array, corrupt] = [`[${event}]`, '{"Hello": 1'].map((text) => gzipSync(text).toString('base64'));
    await queue.send([body], 'zstd');
    await queue.send([array ?? '', `${corrupt?.slice(0, -8)}`], 'gzip');
    await drain(database, queue);
    const { rejections } = (await json(env, 'rejections', 'list')) as {
      rejections: { id: string; reason: string }[];
    };
    expect(rejections.map(({ reason }) => reason).sort()).toEqual([
      'invalid_encoding',
      'unknown_client',
      'unknown_client',
    ]);
    const shown = await Promise.all(
      rejections.map(({ id }) => json(env, 'rejections', 'show', id) as Promise<Record<string, unknown>>),
    );
    const bodies = Object.fromEntries(shown.map((each) => [String(each['body']), each['expandedBody']]));
    expect(bodies).toEqual({ [body]: event, [event]: undefined, [`${corrupt?.slice(0, -8)}`]: undefined });
    const whole = shown.find((each) => each['body'] === body);
    const { stdout } = await admin(env, 'rejections', 'show', String(whole?.['id']));
    expect(stdout).toContain(`body\n${body}\n`);
    expect(stdout).toContain('body, expanded\n{\n  "event_type": "user-app",');
    await admin(env, 'client', 'add', 'default', 'late');
    expect(await json(env, 'rejections', 'replay', '--reason', 'unknown_client')).toEqual({
      replayed: 2,
      refused: {},
    });
    expect((await database.pool.query("select from message where client_id = 'late'")).rowCount).toBe(1);
  });

  test('that are not there are said not to be', async () => {
    await using database = await createDatabase();
    const { code, stderr } = await admin(environment(database), 'rejections', 'show', '42');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'admin: there is no rejection 42: see "rejections list"\n',
    });
  });
});

describe('doctor', () => {
  test('finds nothing wrong with a queue and a database that are ready', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const { code, stdout } = await admin(environment(database, queue), 'doctor');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('redrive policy') });
    expect(stdout).not.toContain('FAIL');
  });

  test('tells everything that is wrong at once, with what to do', async () => {
    await using database = await createDatabase({ migrated: false });
    const { code, stdout } = await admin(
      { ...sqsEnvironment(), DATABASE_URL: database.url, QUEUE_NAME: 'none' },
      'doctor',
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /FAIL +migrations: 0 applied, 0001_core\.sql.* pending -> .*run "npm run admin -- migrate"/,
    );
    expect(stdout).toMatch(/FAIL +queue: none does not exist -> run "npm run admin -- queue create"/);
    expect((await admin({}, 'doctor')).stdout).toContain('DATABASE_URL is missing');
  });
});

test('doctor names the rights that are missing, each by itself', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const role = `operator_${crypto.randomUUID().slice(0, 8)}`;
  await database.pool.query(`create role ${role} login password 'secret'`);
  await database.pool.query(`grant select, insert, update on all tables in schema public to ${role}`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'secret';
  const { code, stdout } = await admin({ ...environment(database, queue), DATABASE_URL: url.href }, 'doctor');
  await database.pool.query(`drop owned by ${role}`);
  await database.pool.query(`drop role ${role}`);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /FAIL +rights: operator_\w+ lacks delete on rejection, delete on healing -> run .* database grant/,
  );
});

test('doctor warns of more workers than PostgreSQL has connections for', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const env = { ...environment(database, queue), WORKERS: '128', STORE_CONNECTIONS: '50' };
  expect((await admin(environment(database, queue), 'doctor')).stdout).toMatch(
    /ok +connections: a processor with WORKERS=1 opens up to 5 of /,
  );
  const { code, stdout } = await admin(env, 'doctor');
  expect(code).toBe(0);
  expect(stdout).toMatch(/warn +connections: a processor with WORKERS=128 opens up to 6784 of \d+ -> /);
});

test('migrate applies what is pending, once', async () => {
  await using database = await createDatabase({ migrated: false });
  const env = environment(database);
  expect((await admin(env, 'migrate', '--status')).stdout).toContain(`pending: ${MIGRATIONS.join(', ')}`);
  expect((await admin(env, 'migrate')).stdout).toBe(`applied ${MIGRATIONS.join(', ')}\n`);
  expect((await admin(env, 'migrate')).stdout).toBe('nothing to do: the database is up to date\n');
});

test('queue create makes the queue with its dead-letter queue', async () => {
  const name = `made-${crypto.randomUUID()}`;
  const env = { ...sqsEnvironment(), QUEUE_NAME: name };
  expect((await admin(env, 'queue', 'create')).stdout).toContain(`${name}-dead-letter`);
  expect(await json(env, 'queue', 'show')).toMatchObject({
    name,
    redrive: { deadLetterName: `${name}-dead-letter` },
  });
});

test('a database that is away is told in a sentence', async () => {
  const { code, stderr } = await admin(
    { DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' },
    'tenant',
    'list',
  );
  expect(code).toBe(1);
  expect(stderr).toContain('cannot be reached');
  expect(stderr).not.toContain('secret');
});
