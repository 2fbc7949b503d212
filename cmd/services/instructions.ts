import { access, writeFile } from 'node:fs/promises';
import process from 'node:process';

/** The lines of a .env with which the programs find the services. */
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
    '',
  ].join('\n');
}

/** How to use the services, for the terminal. */
export function description(env: string, databaseUrl: string, endpoint: string, folder: string): string {
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

/** Writes .env unless there is one, and says which. */
export async function writeEnv(env: string): Promise<void> {
  const exists = await access('.env').then(
    () => true,
    () => false,
  );
  if (!exists) await writeFile('.env', env);
  process.stdout.write(
    exists ? '\nThere is a .env already; it was left as it is.\n' : '\nWritten to .env.\n',
  );
}
