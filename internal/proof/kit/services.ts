import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../embedded/postgres.ts';
import { createTemplate, type DatabaseTemplate, dropDatabase } from './database.ts';
import { LOCALSTACK_IMAGE, SQS_SERVERS, type SqsServerKind, startSqsServer } from './sqs-servers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server on which tests may create databases. */
    databaseUrl: string;
    databaseTemplate: DatabaseTemplate;
    /** An SQS server. */
    sqsEndpoint: string;
  }
}

/** The image under test on machines with a Docker engine. */
const POSTGRES_IMAGE = 'postgres:18';
const DOCKER_ANSWER_MS = 5_000;
const DOCKER_PULL_MS = 300_000;

// Each project loads this file by itself. They share the services of a run, so these are kept on
// `globalThis`.
const SHARED = Symbol.for('event-processor.test-services');
const shared = globalThis as { [SHARED]?: { readonly services: Services; users: number } };

/**
 * Starts PostgreSQL and SQS once for the run: the servers named in the environment, else containers, else
 * embedded ones. A project named `sqs on …` gets that SQS server.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = (shared[SHARED] ??= { services: new Services(), users: 0 });
  running.users += 1;
  const named = SQS_SERVERS.find((kind) => project.name === `sqs on ${kind}`);
  const { url, template } = await running.services.database();
  project.provide('databaseUrl', url);
  project.provide('databaseTemplate', template);
  project.provide('sqsEndpoint', await running.services.queues(named));
  return async () => {
    running.users -= 1;
    if (running.users > 0) return;
    delete shared[SHARED];
    await running.services[Symbol.asyncDispose]();
  };
}

interface Database {
  readonly url: string;
  readonly template: DatabaseTemplate;
}

/** The services of a run. Each is started on first use. */
class Services implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #containers = dockerRuns();
  readonly #queues = new Map<SqsServerKind, Promise<string>>();
  #database: Promise<Database> | undefined;

  database(): Promise<Database> {
    this.#database ??= this.#startDatabase();
    return this.#database;
  }

  async #startDatabase(): Promise<Database> {
    const url =
      process.env['TEST_DATABASE_URL'] ?? (await startDatabase(this.#stack, await this.#containers));
    const template = await createTemplate(url);
    this.#stack.defer(() => dropDatabase(url, template.name));
    return { url, template };
  }

  async queues(named: SqsServerKind | undefined): Promise<string> {
    const given = process.env['SQS_TEST_ENDPOINT'];
    if (given !== undefined && named === undefined) return given;
    const containers = await this.#containers;
    const kind = named ?? (containers ? 'localstack' : 'embedded');
    const started = this.#queues.get(kind) ?? startSqsServer(kind, { stack: this.#stack, containers });
    this.#queues.set(kind, started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function startDatabase(stack: AsyncDisposableStack, containers: boolean): Promise<string> {
  if (!containers) return stack.use(await startPostgres({ inMemory: true })).url;
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer(POSTGRES_IMAGE).start();
  stack.defer(async () => {
    await container.stop();
  });
  return container.getConnectionUri();
}

/**
 * Whether a Docker engine answers and has the images or can pull them. EVENT_TEST_SERVICES=embedded turns
 * Docker off.
 */
async function dockerRuns(): Promise<boolean> {
  if (process.env['EVENT_TEST_SERVICES'] === 'embedded') return false;
  try {
    await docker(DOCKER_ANSWER_MS, 'info');
    await Promise.all([POSTGRES_IMAGE, LOCALSTACK_IMAGE].map(haveImage));
    return true;
  } catch {
    return false;
  }
}

async function haveImage(image: string): Promise<void> {
  try {
    await docker(DOCKER_ANSWER_MS, 'image', 'inspect', image);
  } catch {
    await docker(DOCKER_PULL_MS, 'pull', '--quiet', image);
  }
}

async function docker(timeout: number, ...args: string[]): Promise<void> {
  await promisify(execFile)('docker', args, { timeout });
}
