import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDatabase } from '../proof/kit/database.ts';
import { Program } from '../proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '../proof/kit/queue.ts';
import { startRefusingSqs } from '../proof/kit/refusing-sqs.ts';

/** Every program that is configured by variables, with a command that calls SQS. */
const PROGRAMS: readonly (readonly [string, readonly string[]])[] = [
  ['processor', ['--until-empty']],
  ['producers', ['--count', '1']],
  ['admin', ['queue', 'show']],
];

const NO_METADATA = { AWS_EC2_METADATA_DISABLED: 'true', HEALTH_PORT: '0' };

async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  prepare?: (folder: string) => void,
): Promise<{ code: number | null; stderr: string }> {
  await using running = new Program(`${program}/main.ts`, args, { ...NO_METADATA, ...env }, prepare);
  const { code } = await running.exited;
  expect(running.stderr).not.toMatch(/\n\s+at /);
  return { code, stderr: running.stderr };
}

/** Nothing listens there: mistakes must be found before any server is called. */
const NOWHERE = {
  DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
};

test.each(PROGRAMS)(
  '%s without region and credentials ends with 2, before it asks anybody',
  async (...program) => {
    const { code, stderr } = await run(...program, NOWHERE);
    expect(code).toBe(2);
    expect(stderr).toContain('\n  - AWS_REGION is missing');
    expect(stderr).toContain('\n  - no AWS credentials were found');
    const half = await run(...program, { ...NOWHERE, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x' });
    expect(half.code).toBe(2);
    expect(half.stderr).toContain('\n  - AWS_SECRET_ACCESS_KEY is missing: it goes with AWS_ACCESS_KEY_ID');
  },
);

test.each(PROGRAMS)(
  '%s tells mistakes of options, variables and .env at once, and ends with 2',
  async (program) => {
    const options = { processor: ['--bogus', '--wrnog'], producers: ['--rate', 'x', '--bogus'], admin: [] }[
      program
    ];
    const args = options?.length ? options : ['queue', 'redrive', '--limit', '0', '--rate', 'x', '--bogus'];
    const { code, stderr } = await run(
      program,
      args,
      { QUEUE_NAME: 'no good name', MAX_RECEIVE_COUNT: '0' },
      (folder) => writeFileSync(join(folder, '.env'), 'AWS_REGON=us-east-1\n'),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^\w+: The command line \(--help explains it\) and the configuration cannot be used:\n/,
    );
    for (const told of ['--bogus', 'QUEUE_NAME must', 'MAX_RECEIVE_COUNT must', 'AWS_REGION is missing'])
      expect(stderr).toContain(told);
    expect(stderr).toContain('  - in .env: AWS_REGON is read by no program: was AWS_REGION meant?');
    for (const option of args.filter((arg) => arg.startsWith('--'))) expect(stderr).toContain(option);
  },
);

test.each(PROGRAMS)('%s does not pass over a .env that cannot be read', async (...program) => {
  const all = { ...NOWHERE, ...sqsEnvironment() };
  const { code, stderr } = await run(...program, all, (folder) => mkdirSync(join(folder, '.env')));
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(
      /cannot be used:\n {2}- \S+\/\.env is a directory, not a file of variables: .*\n$/,
    ),
  });
});

test.each(PROGRAMS)(
  '%s ends with 2 when credentials have expired or the queue is missing',
  async (...program) => {
    await using database = await createDatabase();
    const env = { ...sqsEnvironment(), DATABASE_URL: database.url, QUEUE_NAME: 'missing' };
    expect(await run(...program, env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the queue missing does not exist'),
    });
    await using sqs = await startRefusingSqs('ExpiredTokenException');
    expect(await run(...program, { ...env, AWS_ENDPOINT_URL: sqs.url })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^\w+: SQS at \S+ refused the AWS credentials \(ExpiredToken.*\n$/),
    });
    await using denying = await startRefusingSqs('AccessDeniedException');
    expect(await run(...program, { ...env, AWS_ENDPOINT_URL: denying.url })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('denied access'),
    });
  },
);

test('admin ends with 2 when PostgreSQL refuses what is configured, and with 1 when it is away', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const env = { ...sqsEnvironment(queue.endpoint), QUEUE_NAME: queue.name };
  const to = (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    return run('admin', ['tenant', 'list'], { ...env, DATABASE_URL: url.href });
  };
  const refused = [
    (url: URL) => (url.password = 'wrong'),
    (url: URL) => (url.pathname = '/no_such_database'),
    (url: URL) => (url.search = '?sslmode=require'),
    (url: URL) => (url.search = '?sslmode=verify-full&sslrootcert=/no/such/file'),
  ];
  for (const change of refused) expect(await to(change)).toMatchObject({ code: 2 });
  expect(await to((url) => (url.port = '1'))).toMatchObject({ code: 1 });
  expect(await to(() => {})).toMatchObject({ code: 0 });
});

test.each([
  ['bench', ['soak', '--minutes', 'x', '--rate', '0', '--bogus']],
  ['chaos', ['--rounds', '0', '--events', '1', '--bogus']],
  ['demo', ['--events', '0', '--rate', 'x', '--bogus']],
  ['receivers', ['--port', 'x', '--hang', '2', '--bogus']],
])('%s tells every wrong option at once, and ends with 2', async (program, args) => {
  const { code, stderr } = await run(program, args, {});
  expect(code).toBe(2);
  for (const option of args.filter((arg) => arg.startsWith('--'))) expect(stderr).toContain(option);
});

test('services tells every wrong option at once, and ends with 2', async () => {
  await using services = new Program('services/main.ts', [
    '--postgres-port',
    'x',
    '--sqs-port',
    '70000',
    '--bogus',
  ]);
  expect((await services.exited).code).toBe(2);
  for (const option of ['--postgres-port', '--sqs-port', '--bogus'])
    expect(services.stderr).toContain(option);
});
