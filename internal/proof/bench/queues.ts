import { tmpdir } from 'node:os';
import { ChildProgram } from '#internal/embedded/program.ts';
import { startSqs } from '#internal/embedded/sqs.ts';
import { openSqs } from '#internal/sqs/client.ts';
import { createQueue, describeQueue } from '#internal/sqs/queue.ts';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { bodies, type LoadSpec } from './load.ts';

export const QUEUE_KINDS = ['embedded', 'stub'] as const;
export type QueueKind = (typeof QUEUE_KINDS)[number];

/** A server with one queue at a time. */
export interface QueueServer extends AsyncDisposable {
  readonly kind: QueueKind;
  readonly endpoint: string;
  /** Creates and fills a new queue. */
  filled(spec: LoadSpec): Promise<FilledQueue>;
}

export interface FilledQueue {
  readonly name: string;
  /** Number of messages that are not deleted yet. */
  remaining(): Promise<number>;
  readonly url: string;
  /** Sends one more message. */
  send(body: string): Promise<void>;
  sendAll(bodies: Iterable<string>): Promise<void>;
}

const SENDERS = 8;
const SEND_BYTES = 240_000;
const ENTRIES = 10;
/** Long enough that no message is redelivered to the slowest contender. */
const VISIBILITY_TIMEOUT_SECONDS = 300;

export async function startQueueServer(kind: QueueKind): Promise<QueueServer> {
  return kind === 'embedded' ? startEmbedded() : startStub();
}

async function startEmbedded(): Promise<QueueServer> {
  const server = await startSqs();
  const client = openSqs({ region: 'us-east-1', endpoint: server.endpoint, maxSockets: SENDERS + 1 });
  let made = 0;
  return {
    kind: 'embedded',
    endpoint: server.endpoint,
    async filled(spec) {
      made += 1;
      const name = `bench-${made}`;
      const { url } = await createQueue(client, {
        name,
        deadLetterName: `${name}-dead-letter`,
        maxReceiveCount: 10,
        visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
      });
      await sendAll(client, url, bodies(spec));
      return filledQueue(client, name, url);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server.stop();
    },
  };
}

function filledQueue(client: SQSClient, name: string, url: string): FilledQueue {
  return {
    name,
    url,
    async remaining() {
      const { visible, inFlight, delayed } = await describeQueue(client, url);
      return visible + inFlight + delayed;
    },
    send: (body) => sendBatch(client, url, [body]),
    sendAll: (bodies) => sendAll(client, url, bodies),
  };
}

async function sendAll(client: SQSClient, url: string, all: Iterable<string>): Promise<void> {
  const batches = inBatches(all);
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      for (const batch of batches) await sendBatch(client, url, batch);
    }),
  );
}

function* inBatches(all: Iterable<string>): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const body of all) {
    if (batch.length === ENTRIES || (batch.length > 0 && bytes + body.length > SEND_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(body);
    bytes += body.length;
  }
  if (batch.length > 0) yield batch;
}

async function sendBatch(client: SQSClient, url: string, batch: readonly string[]): Promise<void> {
  const { Failed = [] } = await client.send(
    new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: batch.map((body, i) => ({ Id: String(i), MessageBody: body })),
    }),
  );
  if (Failed.length > 0) throw new Error(`SQS refused a message of the load: ${Failed[0]?.Message}`);
}

async function startStub(): Promise<QueueServer> {
  const child = new ChildProgram({
    path: 'internal/proof/bench/stub-queue.ts',
    name: 'stub queue',
    folder: tmpdir(),
    ipc: true,
  });
  const { port } = (await child.message()) as { port: number };
  const endpoint = `http://127.0.0.1:${port}`;
  const client = openSqs({ region: 'us-east-1', endpoint, maxSockets: 1 });
  return {
    kind: 'stub',
    endpoint,
    async filled(spec) {
      const filled = child.message();
      child.send(spec);
      await filled;
      const url = `${endpoint}/000000000000/stub`;
      return filledQueue(client, 'stub', url);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await child[Symbol.asyncDispose]();
    },
  };
}
