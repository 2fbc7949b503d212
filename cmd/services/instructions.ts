import { readFile, writeFile } from 'node:fs/promises';

/** Returns the lines of a .env that points the programs at the services. */
export function envLines(databaseUrl: string, endpoint: string): string {
  return [
    `DATABASE_URL=${databaseUrl}`,
    'AWS_REGION=us-east-1',
    'AWS_ACCESS_KEY_ID=test',
    'AWS_SECRET_ACCESS_KEY=test',
    `AWS_ENDPOINT_URL=${endpoint}`,
    'QUEUE_NAME=events',
    'QUEUE_CREATE=true',
    'HEALTH_HOST=127.0.0.1',
    // For trials: everybody can read it here.
    'SENDER_KEYS=services:ZXZlbnQtcHJvY2Vzc29yLXNlcnZpY2VzLXRyaWFscy0=',
    'SENDER_ALLOW_HTTP=true',
    'SENDER_ALLOW_CIDRS=127.0.0.0/8',
    '',
  ].join('\n');
}

interface Described {
  /** Says what was done with `env`, or what to do with it. */
  readonly settings: string;
  readonly env: string;
  readonly databaseUrl: string;
  readonly endpoint: string;
  readonly folder: string;
}

/** Explains how to use the services. */
export function description({ settings, env, databaseUrl, endpoint, folder }: Described): string {
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

To deliver as well, in two more:

  npm run receivers
  npm run admin -- endpoint add client-3 http://127.0.0.1:9000/hooks/example
  npm run sender

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
export async function writeEnv(env: string): Promise<string> {
  const present = await readFile('.env', 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (present === env) return 'In .env already:';
  if (typeof present === 'string' || present.code !== 'ENOENT')
    return 'There is already a .env, which was left unchanged. It would need these lines:';
  const problem = await writeFile('.env', env).catch((error: Error) => error);
  return problem === undefined ? 'Written to .env:' : `.env cannot be written (${problem.message}):`;
}
