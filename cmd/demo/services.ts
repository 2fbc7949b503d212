import { hash } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import pg from 'pg';
import { CommandLine } from '#internal/config/command-line.ts';
import { ProgramError, runProgram } from '#internal/daemon/program.ts';
import { wholeNumberFrom } from '#internal/daemon/whole-number.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { isReachable, postgresOwner } from '#internal/embedded/postgres-binaries.ts';
import { demandFree } from '#internal/embedded/ports.ts';
import { startSqs } from '#internal/embedded/sqs.ts';

const SHUTDOWN_SECONDS = 60;
const DATABASE = 'events';
const port = wholeNumberFrom(1, 65_535);

interface ServicesOptions {
  readonly postgresPort: number;
  readonly sqsPort: number;
  readonly data: string;
  readonly writeEnv: boolean;
}

await runProgram('services', async () => {
  const options = parseOptions();
  const { postgresPort, sqsPort } = options;
  await demandFree(postgresPort, 'PostgreSQL', '--postgres-port');
  await demandFree(sqsPort, 'SQS', '--sqs-port');
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, (message) => process.stderr.write(`\n${message}\n`));
  const folder = await dataFolder(resolve(options.data));
  await using postgres = await startPostgres({ folder: join(folder, 'postgres'), port: postgresPort });
  await createDatabase(postgres.url);
  await using sqs = await startSqs({ port: sqsPort, folder: join(folder, 'sqs') });
  const databaseUrl = postgres.url.replace(/\/postgres$/, `/${DATABASE}`);
  const env = envLines(databaseUrl, sqs.endpoint);
  process.stdout.write(description(env, databaseUrl, sqs.endpoint, folder));
  if (options.writeEnv) await writeEnv(env);
  const told = new Promise<undefined>((done) =>
    shutdown.drain.addEventListener('abort', () => done(undefined), { once: true }),
  );
  const problem = await Promise.race([told, postgres.ended, sqs.ended]);
  if (problem !== undefined)
    throw new ProgramError(`${problem}\nThe data is kept in ${folder}: start the services again`);
  return 0;
});

function parseOptions(): ServicesOptions {
  return new CommandLine('services')
    .description(
      'PostgreSQL and SQS for development, without Docker, on stable ports, with their data kept in a folder.',
    )
    .option('--postgres-port <port>', 'port of PostgreSQL', port, 15_432)
    .option('--sqs-port <port>', 'port of SQS', port, 14_566)
    .option('--data <folder>', 'where the data is kept', '.services')
    .option('--write-env', 'write .env if there is none', false)
    .parse()
    .demand()
    .opts<ServicesOptions>();
}

/** The wanted folder, or one that PostgreSQL's user can reach when we are root and the wanted one lies out of its reach. */
async function dataFolder(wanted: string): Promise<string> {
  const owner = await postgresOwner();
  const folder = (await isReachable(join(wanted, 'postgres'), owner))
    ? wanted
    : join(tmpdir(), `event-processor-services-${hash('sha256', wanted, 'hex').slice(0, 16)}`);
  if (folder !== wanted)
    process.stderr.write(`PostgreSQL does not run as root and cannot reach ${wanted}: using ${folder}\n`);
  await mkdir(folder, { recursive: true });
  return folder;
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function envLines(databaseUrl: string, endpoint: string): string {
  return [
    `DATABASE_URL=${databaseUrl}`,
    'AWS_REGION=us-east-1',
    'AWS_ACCESS_KEY_ID=test',
    'AWS_SECRET_ACCESS_KEY=test',
    `AWS_ENDPOINT_URL=${endpoint}`,
    'QUEUE_NAME=events',
    'QUEUE_CREATE=true',
    'HEALTH_HOST=127.0.0.1',
    '',
  ].join('\n');
}

function description(env: string, databaseUrl: string, endpoint: string, folder: string): string {
  const send = `sqs send-message --queue-url ${endpoint}/000000000000/events --message-body 'Hello World'`;
  return `PostgreSQL and SQS are running; their data is in ${folder}. Ctrl-C stops them.

Put this into .env:

${env}
Then, in two other terminals:

  npm run processor
  npm run producers

By hand (the AWS command line has to be version 2, or 1.29 and newer):

  export AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  aws --endpoint-url ${endpoint} ${send}
  AWS_ENDPOINT_URL=${endpoint} awslocal ${send}
  psql ${databaseUrl} -c 'select count(*) from message'
`;
}

async function writeEnv(env: string): Promise<void> {
  const exists = await access('.env').then(
    () => true,
    () => false,
  );
  if (!exists) await writeFile('.env', env);
  process.stdout.write(
    exists ? '\nThere is a .env already; it was left as it is.\n' : '\nWritten to .env.\n',
  );
}
