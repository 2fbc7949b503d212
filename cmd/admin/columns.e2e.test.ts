import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mintUuid7 } from '#internal/event/uuid7.ts';
import { admin, adminJson } from '#internal/proof/kit/admin.ts';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { insertEndpoint } from '#internal/postgres/endpoints/add.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { displayWidth } from '#internal/terminal/text-width.ts';

const COLUMNS = 80;
const TENANT = `${'long-tenant-'.repeat(10)}12345678`; // 128 characters, the maximum
const CLIENT = '請求書'.repeat(42);
const TYPE = `com.example.${'a-long-type.'.repeat(20)}v2`;
const ROLE = `ep_columns_${randomBytes(4).toString('hex')}_and_a_long_name`;

let database: TestDatabase;
let queue: TestQueue;
let env: Record<string, string>;
let messageId: string;
let waitingId: string;
const ENDPOINT = 'e'.repeat(64);

/** An endpoint with a message that waits, one that is retried, and one that is dead. */
async function addEndpoint(): Promise<void> {
  const { pool } = database;
  await insertEndpoint(pool, {
    tenantId: TENANT,
    clientId: CLIENT,
    id: ENDPOINT,
    options: { url: `https://example.com/${'path/'.repeat(50)}`, eventTypes: [TYPE, 'a.*'] },
    secrets: [{ kind: 'hmac', sealed: Buffer.from('x') }],
    from: new Date(0),
  });
  waitingId = mintUuid7();
  await pool.query(
    `insert into message (id, tenant_id, client_id, event_type, source, event_id, payload, received_at)
     values ($1, $2, $3, $4, 's', 'waiting', '1', now())`,
    [waitingId, TENANT, CLIENT, TYPE],
  );
  await pool.query(
    'insert into lane (tenant_id, client_id, first_id, ids) values ($1, $2, $3, array[$3::uuid])',
    [TENANT, CLIENT, waitingId],
  );
  await pool.query(
    `with e as (select number from endpoint), a as (
       insert into attempt (id, endpoint, message_id, number, outcome, status, error, response, milliseconds)
       select $2, number, $1, 12, 'throttled', 429, $3, $3, 15000 from e),
     r as (insert into retry (endpoint, unit, message_id, due_at, last_status, last_error)
           select number, 1000000, $1, now(), 503, $3 from e)
     insert into dead (endpoint, message_id, died_at, attempts, reason, last_status, last_error)
     select number, $1, now(), 12, 'attempts', 503, $3 from e`,
    [messageId, mintUuid7(), 'status 503: '.repeat(20)],
  );
}

/** A sender that is alive, and has not taken the endpoint yet. */
async function addSender(): Promise<void> {
  await database.pool.query(`insert into sender values (gen_random_uuid(), $1, now() + interval '1 hour')`, [
    `${'host-'.repeat(20)} 7`,
  ]);
}

beforeAll(async () => {
  database = await createDatabase();
  queue = await createQueue();
  env = { DATABASE_URL: database.url, ...sqsEnvironment(queue.endpoint), QUEUE_NAME: queue.name };
  const { pool } = database;
  await pool.query('insert into tenant (id) values ($1)', [TENANT]);
  await pool.query('insert into client (tenant_id, id) values ($1, $2)', [TENANT, CLIENT]);
  await pool.query('insert into event_type (tenant_id, name, schema) values ($1, $2, $3)', [
    TENANT,
    TYPE,
    '{}',
  ]);
  messageId = mintUuid7();
  await pool.query(
    `insert into message (id, tenant_id, client_id, event_type, source, event_id, payload, received_at)
     values ($1, $2, $3, $4, $5, gen_random_uuid()::text, $6, now())`,
    [
      messageId,
      TENANT,
      CLIENT,
      TYPE,
      `https://shop.example/${'path/'.repeat(30)}`,
      { a: 'word '.repeat(40) },
    ],
  );
  await pool.query(
    `insert into rejection (id, queue, sqs_message_id, reason, detail, tenant_id, client_id, event_type, source, event_id,
                            body, attributes, receive_count, received_at)
     overriding system value
     values (999999999999, 'events', gen_random_uuid()::text, 'unknown_event_type', $1, $2, $3, $4, 's', 'e', '{}', '{}', 1, now())`,
    [
      `event type ${JSON.stringify(TYPE)} is not registered in tenant ${JSON.stringify(TENANT)}`,
      TENANT,
      CLIENT,
      TYPE,
    ],
  );
  await pool.query(`create role ${ROLE}`);
  await admin(env, 'mapping', 'add', 'uploads', '--preset', 's3', '--client', 'client-1');
  await addEndpoint();
  await addSender();
});

afterAll(async () => {
  await database.pool.query(`drop owned by ${ROLE}; drop role ${ROLE}`);
  await database[Symbol.asyncDispose]();
  await queue[Symbol.asyncDispose]();
});

const tooWide = (text: string) => text.split('\n').filter((line) => displayWidth(line) > COLUMNS);

describe.concurrent('in 80 columns', () => {
  test.each([
    [['tenant', 'list'], 'long-tenant'],
    [['client', 'list'], '請求書'],
    [['event-type', 'list'], 'com.example'],
    [['event-type', 'list', '--tenant', TENANT], 'version'],
    [['rejections', 'list'], '999999999999'],
    [['rejections', 'count'], 'unknown_event_type'],
    [['rejections', 'show', '999999999999'], 'not registered'],
    [['messages', 'list'], '請求書'],
    [['endpoint', 'list'], '請求書'],
    [['endpoint', 'show', ENDPOINT, '--tenant', TENANT], 'replay'],
    [['deliveries', 'list'], '│ status 50… │'],
    [['deliveries', 'list', '--status', 'retrying'], '│ status 50… │'],
    [['deliveries', 'list', '--status', 'waiting'], 'stored'],
    [['dead', 'list'], '│ status 50… │'],
    [['sender', 'list'], '1 endpoint being handed over'],
    [['mapping', 'presets'], 'eventbridge'],
    [['mapping', 'list'], 'uploads'],
    [['mapping', 'show', 'uploads'], 'match'],
    [['partitions', 'list'], 'message_'],
    [['queue', 'show'], 'dead-letter'],
    [['queue', 'redrive', '--dry-run'], 'would be moved'],
    [['migrate', '--status'], '0001_core.sql'],
    [['migrate'], 'nothing to do'],
    [['doctor'], 'PostgreSQL'],
    [['database', 'grant', '--reader', ROLE], 'read'],
    [['tenant', 'add', TENANT], 'registered already'],
    [['client', 'add', TENANT, CLIENT], 'registered already'],
  ])('%j fits', async (args, told) => {
    const { stdout, stderr } = await admin({ ...env, COLUMNS: String(COLUMNS) }, ...args);
    expect(stdout + stderr).toContain(told);
    expect(tooWide(stdout)).toEqual([]);
  });

  test('long names are whole all the same, over several lines', async () => {
    const { stdout } = await admin({ ...env, COLUMNS: String(COLUMNS) }, 'tenant', 'list');
    expect(stdout.replaceAll(/[│\s]/g, '')).toContain(TENANT.slice(0, 40));
    const ids = await admin({ ...env, COLUMNS: String(COLUMNS) }, 'messages', 'list');
    expect(ids.stdout).toContain(messageId);
    const waiting = await admin(
      { ...env, COLUMNS: String(COLUMNS) },
      'deliveries',
      'list',
      '--status',
      'waiting',
    );
    expect(waiting.stdout).toContain(waitingId);
    const shown = await admin({ ...env, COLUMNS: String(COLUMNS) }, 'deliveries', 'show', messageId);
    expect(shown.stdout).toContain('429');
    expect(tooWide(shown.stdout)).toEqual([]);
  });

  test('JSON is never cut, and pipes get a row a line', async () => {
    const json = await adminJson({ ...env, COLUMNS: String(COLUMNS) }, 'tenant', 'list');
    expect(json).toContainEqual(expect.objectContaining({ name: TENANT }));
    const { stdout } = await admin(env, 'tenant', 'list');
    expect(stdout).toContain(`│ ${TENANT} │`);
  });

  test('a message and its payload are shown, the payload as it is stored', async () => {
    const { stdout } = await admin({ ...env, COLUMNS: String(COLUMNS) }, 'messages', 'show', messageId);
    const [fields = '', payload = ''] = stdout.split('\npayload\n');
    expect(tooWide(fields)).toEqual([]);
    expect(payload).toContain('word '.repeat(40));
  });
});

/** Returns the help texts of a program or command and of all commands below it, by their names. */
async function helps(program: string, ...words: string[]): Promise<[string, string][]> {
  await using run = new Program(`${program}/main.ts`, [...words, '--help'], { COLUMNS: String(COLUMNS) });
  expect(await run.exited).toMatchObject({ code: 0 });
  const listed = /\nCommands:\n([^]*?)\n\n/.exec(`${run.stdout}\n\n`)?.[1] ?? '';
  // Each is a process: those further down are left to CI, which sets LONG_PROOFS=true.
  const goesOn = words.length === 0 || process.env['LONG_PROOFS'] === 'true';
  const names = goesOn ? [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name) : [];
  const below = await Promise.all(
    names.filter((name) => name !== 'help').map((name) => helps(program, ...words, name)),
  );
  return [[[program, ...words].join(' '), run.stdout], ...below.flat()];
}

describe.concurrent('help', () => {
  test.each(['admin', 'bench', 'chaos', 'demo', 'processor', 'producers', 'services', 'simulate'])(
    'of %s fits 80 columns, and tells each option once',
    async (program) => {
      for (const [name, text] of await helps(program)) {
        expect({ name, tooWide: tooWide(text) }).toEqual({ name, tooWide: [] });
        const options = [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option);
        expect({ name, options }).toEqual({ name, options: [...new Set(options)] });
      }
    },
  );
});
