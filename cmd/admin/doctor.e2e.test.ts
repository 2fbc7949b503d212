import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, inject, test } from 'vitest';
import { uuid7LowerBound } from '#internal/event/uuid7.ts';
import { addClient, addEventType } from '#internal/postgres/registry/add.ts';
import { findQueue } from '#internal/sqs/queue.ts';
import { createDatabase, type TestDatabase } from '#internal/proof/kit/database.ts';
import { startOtherDate } from '#internal/proof/kit/other-date.ts';
import { findPgBouncer, startPgBouncer } from '#internal/proof/kit/pgbouncer.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';

const pgBouncer = await findPgBouncer();

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly detail: string;
  readonly todo?: string;
}

function environment(database: TestDatabase, queue: TestQueue): Record<string, string> {
  return {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: database.url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
  };
}

async function doctor(
  env: Record<string, string>,
  prepare?: (folder: string) => void,
): Promise<{ code: number | null; findings: Finding[]; of: (check: string) => Finding | undefined }> {
  const quick = { AWS_EC2_METADATA_DISABLED: 'true', ...env };
  await using program = new Program('admin/main.ts', ['doctor', '--json'], quick, prepare);
  const { code } = await program.exited;
  expect(program.stderr).toBe('');
  const findings = JSON.parse(program.stdout) as Finding[];
  return { code, findings, of: (check) => findings.find((finding) => finding.check === check) };
}

describe('of the configuration', () => {
  test('every mistake is told at once, with the programs that it concerns, and the rest is looked at', async () => {
    await using database = await createDatabase();
    const { code, findings, of } = await doctor({
      DATABASE_URL: database.url,
      QUEUE_NAME: 'no good name',
      BATCH_SIZE: 'many',
      HEALTH_PORT: '99999',
      MAX_LEASE_SECONDS: '60',
      VISIBILITY_TIMEOUT_SECONDS: '61',
      MAX_EXPANDED_BYTES: '1',
    });
    expect(code).toBe(2);
    const told = findings.filter(({ check }) => check === 'configuration').map(({ detail }) => detail);
    const wanted = [
      /^QUEUE_NAME must be a queue name.* \(processor, producers, admin\)$/,
      /^MAX_EXPANDED_BYTES must be .* \(processor, admin\)$/,
      /^BATCH_SIZE must be a whole number.* \(processor\)$/,
      /^HEALTH_PORT must be a whole number.* \(processor\)$/,
      /^MAX_LEASE_SECONDS must not be less than VISIBILITY_TIMEOUT_SECONDS \(processor\)$/,
      /^AWS_REGION is missing.* \(processor, producers, admin\)$/,
      /^no AWS credentials were found.* \(processor, producers, admin\)$/,
    ];
    for (const pattern of wanted) expect(told).toContainEqual(expect.stringMatching(pattern));
    expect(told).toHaveLength(wanted.length);
    expect(of('migrations')).toMatchObject({ result: 'ok' });
    expect(of('SQS')).toMatchObject({ result: 'skipped' });
  });

  test('names in .env that nobody reads are told with the one that was meant', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const { code, findings } = await doctor(environment(database, queue), (folder) =>
      writeFileSync(
        join(folder, '.env'),
        'QUEU_URL=http://x/q\nWORKERS=2\nQUEUE_NAME=other\nMINE=1\nPOLLS 4\n',
      ),
    );
    expect(code).toBe(0);
    expect(findings.filter(({ check }) => check === '.env')).toEqual([
      expect.objectContaining({ result: 'warn', detail: expect.stringContaining('was QUEUE_URL meant?') }),
      expect.objectContaining({ result: 'warn', detail: 'MINE is read by no program' }),
      expect.objectContaining({
        result: 'warn',
        detail: expect.stringMatching(/^line 5 is ignored: neither/),
      }),
      expect.objectContaining({ result: 'warn', detail: expect.stringMatching(/^QUEUE_NAME .* no effect/) }),
    ]);
    expect(findings.find(({ check }) => check === 'connections')?.detail).toContain('WORKERS=2');
  });

  test('a .env that cannot be read is told beside the rest', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const { code, of } = await doctor(environment(database, queue), (folder) =>
      mkdirSync(join(folder, '.env')),
    );
    expect(code).toBe(2);
    expect(of('.env')).toMatchObject({ result: 'fail', detail: expect.stringContaining('is a directory') });
    expect(of('redrive policy')).toMatchObject({ result: 'ok' });
  });
});

describe('of PostgreSQL', () => {
  async function withSetting(setting: string) {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await database.pool.query(
      `do $$ begin execute format('alter database %I set ${setting.replaceAll("'", "''")}', current_database()); end $$`,
    );
    return await doctor(environment(database, queue));
  }

  test('a database that only reads is told, with what makes it so', async () => {
    const { code, of } = await withSetting('default_transaction_read_only = on');
    expect(code).toBe(1);
    expect(of('writes')).toMatchObject({
      result: 'fail',
      detail: 'default_transaction_read_only is on (a setting of the database)',
      todo: expect.stringMatching(/^run "alter database .* reset default_transaction_read_only"$/),
    });
  });

  test('settings that are fixed when connecting are no matter', async () => {
    const { of } = await withSetting("DateStyle = 'German'");
    expect(of('session settings')?.detail).not.toContain('DateStyle');
  });

  test('a commit that is not waited for is warned of', async () => {
    const { code, of } = await withSetting('synchronous_commit = off');
    expect(code).toBe(0);
    expect(of('session settings')).toMatchObject({
      result: 'warn',
      detail: expect.stringMatching(/synchronous_commit is off: .*lose.*without a pooler/),
    });
  });

  test('foreign keys that are not checked are a failure', async () => {
    const { code, of } = await withSetting('session_replication_role = replica');
    expect(code).toBe(1);
    expect(of('session settings')).toMatchObject({ result: 'fail' });
  });

  test('a partition with other bounds than its day has is a failure, with the statement that mends it', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const now = new Date();
    const today = `message_${now.toISOString().slice(0, 10).replaceAll('-', '')}`;
    const midnight = Math.floor(now.getTime() / 86_400_000) * 86_400_000;
    await database.pool.query(
      `alter table message detach partition ${today};
       alter table message attach partition ${today}
         for values from ('${uuid7LowerBound(midnight)}') to ('${uuid7LowerBound(midnight + 3_600_000)}')`,
    );
    const { code, of } = await doctor(environment(database, queue));
    expect(code).toBe(1);
    expect(of('partitions')).toMatchObject({
      result: 'fail',
      detail: expect.stringContaining(`the table message has no partition for all of`),
      todo: expect.stringContaining(`run "alter table message detach partition ${today}" and "alter table`),
    });
  });

  test('sequences behind their tables, as logical replication leaves them, are a failure', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    await addEventType(database.pool, 'default', 'checked', '{}');
    await addClient(database.pool, 'default', 'new');
    const env = environment(database, queue);
    expect((await doctor(env)).of('sequences')).toMatchObject({ result: 'ok' });
    await database.pool.query(
      `select setval('schema_version', 1, false), setval('healing_id_seq', 1, false)`,
    );
    const { code, of } = await doctor(env);
    expect(code).toBe(1);
    const { result, todo } = of('sequences') ?? {};
    expect(result).toBe('fail');
    await database.pool.query(/"(.*)"/.exec(todo ?? '')?.[1] ?? '');
    expect((await doctor(env)).of('sequences')).toMatchObject({ result: 'ok' });
  });

  test('its clock is compared', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const { of } = await doctor(environment(database, queue));
    expect(of('clock, against PostgreSQL')).toMatchObject({ result: 'ok' });
    expect(of('clock, against SQS')).toMatchObject({ result: 'ok' });
  });

  test.skipIf(pgBouncer === undefined)('settings that a pooler does not carry are seen', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const settings = ['ignore_startup_parameters = statement_timeout'];
    await using pooler = await startPgBouncer(
      pgBouncer as NonNullable<typeof pgBouncer>,
      inject('databaseUrl'),
      {
        preparedStatements: false,
        settings,
      },
    );
    await database.pool.query(
      `do $$ begin execute format('alter database %I set default_transaction_isolation = ''serializable''', current_database()); end $$`,
    );
    const env = { ...environment(database, queue), DATABASE_URL: pooler.urlOf(database.url) };
    expect((await doctor(env)).of('session settings')).toMatchObject({
      result: 'warn',
      detail: expect.stringMatching(/default_transaction_isolation is serializable: .*through a pooler/),
    });
  });
});

describe('of SQS', () => {
  test('a clock that is off is told, with why it matters', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    for (const [ahead, result, code] of [
      [60, 'warn', 0],
      [-400, 'fail', 1],
    ] as const) {
      await using sqs = await startOtherDate(queue.endpoint, ahead);
      const found = await doctor({ ...environment(database, queue), AWS_ENDPOINT_URL: sqs.url });
      expect(found.code).toBe(code);
      const direction = ahead > 0 ? 'behind' : 'ahead of';
      expect(found.of('clock, against SQS')).toMatchObject({
        result,
        detail: expect.stringMatching(new RegExp(`^this machine is \\d+ \\w+ ${direction} SQS: .*5 minutes`)),
      });
    }
  });

  test('dead letters are counted, and left as they are', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const env = environment(database, queue);
    expect((await doctor(env)).of('dead letters')).toMatchObject({ result: 'ok' });
    const dead = await findQueue(queue.client, { name: `${queue.name}-dead-letter` });
    for (const MessageBody of ['one', 'two'])
      await queue.client.send(new SendMessageCommand({ QueueUrl: dead?.url, MessageBody }));
    for (let times = 0; times < 2; times += 1) {
      const { code, of } = await doctor(env);
      expect(code).toBe(0);
      expect(of('dead letters')).toMatchObject({
        result: 'warn',
        detail: expect.stringMatching(/^about 2 messages in .*-dead-letter, all first sent within the last /),
      });
    }
  });
});

describe('of the health port', () => {
  test('one that a processor has is no matter, one that something else has is', async () => {
    await using database = await createDatabase();
    await using queue = await createQueue();
    const env = { ...environment(database, queue), RECEIVE_WAIT_SECONDS: '1' };
    await using processor = new Program('processor/main.ts', [], env);
    const { healthPort } = await processor.logged('ready');
    const beside = await doctor({ ...env, HEALTH_PORT: String(healthPort) });
    expect(beside.code).toBe(0);
    expect(beside.of('health port')).toMatchObject({
      result: 'ok',
      detail: expect.stringContaining('is taken by a processor running on this machine'),
    });
    const other = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => {
      other.listen(0, resolve);
    });
    const { port } = other.address() as AddressInfo;
    const { code, of } = await doctor({ ...env, HEALTH_PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(of('health port')).toMatchObject({ result: 'fail', todo: expect.stringContaining('HEALTH_PORT') });
  });
});
