import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { Command } from 'commander';
import pg from 'pg';
import { ProgramError, runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { demandFree } from '#internal/embedded/ports.ts';
import { startSqs } from '#internal/embedded/sqs.ts';
import { dataFolder } from './data-folder.ts';

const SHUTDOWN_SECONDS = 60;
const DATABASE = 'events';

interface ServicesOptions {
  readonly postgresPort: string;
  readonly sqsPort: string;
  readonly data: string;
  readonly writeEnv: boolean;
}

await runProgram('services', async () => {
  const options = parseOptions();
  const [postgresPort, sqsPort] = [Number(options.postgresPort), Number(options.sqsPort)];
  await demandFree(postgresPort, 'PostgreSQL', '--postgres-port');
  await demandFree(sqsPort, 'SQS', '--sqs-port');
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, (message) => process.stderr.write(`\n${message}\n`));
  const folder = await dataFolder(resolve(options.data));
  await using postgres = await startPostgres({ folder: join(folder, 'postgres'), port: postgresPort });
  await createDatabase(postgres.url);
  await using sqs = await startSqs({ port: sqsPort, folder: join(folder, 'sqs') });
  const databaseUrl = postgres.url.replace(/\/postgres$/, `/${DATABASE}`);
  const env = envLines(databaseUrl, sqs.endpoint);
  const settings = options.writeEnv ? await writeEnv(env) : 'Put this into .env:';
  process.stdout.write(description({ settings, env, databaseUrl, endpoint: sqs.endpoint, folder }));
  const told = new Promise<undefined>((done) =>
    shutdown.drain.addEventListener('abort', () => done(undefined), { once: true }),
  );
  const problem = await Promise.race([told, postgres.ended, sqs.ended]);
  if (problem !== undefined)
    throw new ProgramError(`${problem}\nThe data is kept in ${folder}: start the services again`);
  return 0;
});

function parseOptions(): ServicesOptions {
  return new Command('services')
    .description(
      'PostgreSQL and SQS for development, without Docker, on stable ports, with their data kept in a folder.',
    )
    .option('--postgres-port <port>', 'port of PostgreSQL', '15432')
    .option('--sqs-port <port>', 'port of SQS', '14566')
    .option('--data <folder>', 'where the data is kept', '.services')
    .option('--write-env', 'write .env if there is none', false)
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse()
    .opts<ServicesOptions>();
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

interface Described {
  /** What became of `env`, or is to become of it. */
  readonly settings: string;
  readonly env: string;
  readonly databaseUrl: string;
  readonly endpoint: string;
  readonly folder: string;
}

function description({ settings, env, databaseUrl, endpoint, folder }: Described): string {
  const send = `sqs send-message \\
    --queue-url ${endpoint}/000000000000/events \\
    --message-body 'Hello World'`;
  return `PostgreSQL and SQS are running. Ctrl-C stops them. Their data is in
${folder}.

${settings}

${env}
Then, in two other terminals:

  npm run processor
  npm run producers

By hand (the AWS command line has to be version 2, or 1.29 and newer):

  export AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  aws --endpoint-url ${endpoint} ${send}
  AWS_ENDPOINT_URL=${endpoint} awslocal ${send}
  psql ${databaseUrl} \\
    -c 'select count(*) from message'
`;
}

/** Writes .env unless there is one; returns what to say above its lines. */
async function writeEnv(env: string): Promise<string> {
  const present = await readFile('.env', 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (present === env) return 'In .env already:';
  if (typeof present === 'string' || present.code !== 'ENOENT')
    return 'There is a .env already; it was left as it is. This would be in it:';
  const problem = await writeFile('.env', env).catch((error: Error) => error);
  return problem === undefined ? 'Written to .env:' : `.env cannot be written (${problem.message}):`;
}
