import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../embedded/postgres.ts';
import { startSqs } from '../embedded/sqs.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server on which tests may make databases. */
    databaseUrl: string;
    /** An SQS server. */
    sqsEndpoint: string;
  }
}

interface Services extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly sqsEndpoint: string;
}

/** The images that are tested against where a Docker engine runs. `latest` of LocalStack wants an account. */
const POSTGRES_IMAGE = 'postgres:18';
const LOCALSTACK_IMAGE = 'localstack/localstack:4.14.0';
const DOCKER_ANSWER_MS = 5_000;

// Projects load this file each for themselves; the services of a run are one, kept where all of them look.
const SHARED = Symbol.for('event-processor.test-services');
const shared = globalThis as { [SHARED]?: { readonly services: Promise<Services>; users: number } };

/** Starts PostgreSQL and SQS once for the run: those named in the environment, else containers, else embedded ones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = (shared[SHARED] ??= { services: startServices(), users: 0 });
  running.users += 1;
  const { databaseUrl, sqsEndpoint } = await running.services;
  project.provide('databaseUrl', databaseUrl);
  project.provide('sqsEndpoint', sqsEndpoint);
  return async () => {
    running.users -= 1;
    if (running.users > 0) return;
    delete shared[SHARED];
    await (await running.services)[Symbol.asyncDispose]();
  };
}

async function startServices(): Promise<Services> {
  await using stack = new AsyncDisposableStack();
  const containers = await dockerRuns();
  const databaseUrl = process.env['TEST_DATABASE_URL'] ?? (await startDatabase(stack, containers));
  const sqsEndpoint = process.env['SQS_TEST_ENDPOINT'] ?? (await startQueues(stack, containers));
  const resources = stack.move();
  return { databaseUrl, sqsEndpoint, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function startDatabase(stack: AsyncDisposableStack, containers: boolean): Promise<string> {
  if (!containers) return stack.use(await startPostgres()).url;
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer(POSTGRES_IMAGE).start();
  stack.defer(async () => {
    await container.stop();
  });
  return container.getConnectionUri();
}

async function startQueues(stack: AsyncDisposableStack, containers: boolean): Promise<string> {
  if (!containers) return stack.use(await startSqs()).endpoint;
  const { LocalstackContainer } = await import('@testcontainers/localstack');
  const container = await new LocalstackContainer(LOCALSTACK_IMAGE)
    .withEnvironment({ SERVICES: 'sqs', SQS_ENDPOINT_STRATEGY: 'path' })
    .start();
  stack.defer(async () => {
    await container.stop();
  });
  return container.getConnectionUri();
}

/** Whether a Docker engine answers; EVENT_TEST_SERVICES=embedded does without one that does. */
async function dockerRuns(): Promise<boolean> {
  if (process.env['EVENT_TEST_SERVICES'] === 'embedded') return false;
  try {
    await promisify(execFile)('docker', ['info'], { timeout: DOCKER_ANSWER_MS });
    return true;
  } catch {
    return false;
  }
}
