import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endWithUs } from '../../embedded/guard.ts';
import { freePort } from '../../embedded/ports.ts';
import { startSqs } from '../../embedded/sqs.ts';
import { until } from './until.ts';

/** The SQS servers that must pass the SQS suites. */
export const SQS_SERVERS = ['embedded', 'localstack', 'elasticmq'] as const;
export type SqsServerKind = (typeof SQS_SERVERS)[number];

/** `latest` requires an account. */
export const LOCALSTACK_IMAGE = 'localstack/localstack:4.14.0';
/** The first start may install the server. */
const START_MS = 300_000;

/** Starts a server and returns its endpoint. Disposing of the stack ends it. */
export async function startSqsServer(
  kind: SqsServerKind,
  { stack, containers }: { stack: AsyncDisposableStack; containers: boolean },
): Promise<string> {
  if (kind === 'embedded') return stack.use(await startSqs()).endpoint;
  if (kind === 'localstack' && containers) return startLocalStackContainer(stack);
  return startScript(kind, stack);
}

async function startLocalStackContainer(stack: AsyncDisposableStack): Promise<string> {
  const { LocalstackContainer } = await import('@testcontainers/localstack');
  const container = await new LocalstackContainer(LOCALSTACK_IMAGE)
    .withEnvironment({ SERVICES: 'sqs', SQS_ENDPOINT_STRATEGY: 'path' })
    .start();
  stack.defer(async () => {
    await container.stop();
  });
  return container.getConnectionUri();
}

/** Runs the script in deployments/ that installs the server if it is missing and then execs it. */
async function startScript(kind: string, stack: AsyncDisposableStack): Promise<string> {
  const script = fileURLToPath(new URL(`../../../deployments/${kind}/run.sh`, import.meta.url));
  const port = await freePort();
  const child = spawn('/bin/sh', [script, String(port)], {
    detached: true, // Ctrl-C goes to the tests, which then end the server
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const guard = endWithUs(child, 'TERM');
  stack.defer(async () => {
    child.kill('SIGTERM');
    // LocalStack sometimes hangs on shutdown, and vitest allows ten seconds for its own.
    const patience = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await exited;
    clearTimeout(patience);
    guard?.kill('SIGKILL');
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const answer = await until(
    async () => {
      if (child.exitCode !== null) return 'none';
      return (await fetch(`${endpoint}/?Action=ListQueues`)).status < 500 ? 'some' : undefined;
    },
    { what: `${kind} to answer on ${endpoint}`, timeoutMs: START_MS },
  );
  if (answer === 'none') throw new Error(`${kind} did not start:\n${said}`);
  return endpoint;
}
