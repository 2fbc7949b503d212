import { randomBytes, randomUUID } from 'node:crypto';
import {
  DeleteQueueCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import type { InboxOptions, InboxRig } from './inbox-rig.ts';
import { openSqs } from '../../sqs/client.ts';
import { SqsInbox } from '../../sqs/inbox.ts';
import { openTransport } from '../../sqs/transport/open.ts';
import { createQueue as makeQueue, describeQueue } from '../../sqs/queue.ts';

const BATCH = 10;

export interface TestQueue extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly endpoint: string;
  readonly client: SQSClient;
  /** An `encoding` is sent as the message attribute `content-encoding`. */
  send(bodies: readonly string[], encoding?: string): Promise<void>;
  /** Sends to a FIFO queue; each body gets its own deduplication id. */
  sendToGroup(group: string, bodies: readonly string[]): Promise<void>;
  /** `total` counts visible, in-flight and delayed messages. */
  counts(): Promise<{ visible: number; inFlight: number; total: number }>;
}

/** Environment variables with which any program or SDK reaches the test SQS. */
export function sqsEnvironment(endpoint: string = inject('sqsEndpoint')): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
}

/** A new queue with a dead-letter queue, on the run's SQS. */
export async function createQueue({
  visibilityTimeoutSeconds = 30,
  maxReceiveCount = 10,
  fifo = false,
  endpoint = inject('sqsEndpoint'),
}: {
  visibilityTimeoutSeconds?: number;
  maxReceiveCount?: number;
  fifo?: boolean;
  endpoint?: string;
} = {}): Promise<TestQueue> {
  for (const [name, value] of Object.entries(sqsEnvironment(endpoint))) process.env[name] ??= value;
  const client = openSqs({ region: 'us-east-1', endpoint, maxSockets: 20 });
  const stem = `test-${randomBytes(6).toString('hex')}`;
  const ending = fifo ? '.fifo' : '';
  const name = stem + ending;
  const { url } = await makeQueue(client, {
    name,
    deadLetterName: `${stem}-dead-letter${ending}`,
    maxReceiveCount,
    visibilityTimeoutSeconds,
  });
  return {
    name,
    url,
    endpoint,
    client,
    send: (bodies, encoding) => sendAll({ client, url }, bodies, encodedAs(encoding)),
    sendToGroup: (MessageGroupId, bodies) =>
      sendAll({ client, url }, bodies, () => ({ MessageGroupId, MessageDeduplicationId: randomUUID() })),
    async counts() {
      const { visible, inFlight, delayed } = await describeQueue(client, url);
      return { visible, inFlight, total: visible + inFlight + delayed };
    },
    async [Symbol.asyncDispose]() {
      await client.send(new DeleteQueueCommand({ QueueUrl: url }));
      client.destroy();
    },
  };
}

function encodedAs(encoding: string | undefined) {
  const attribute = { 'content-encoding': { DataType: 'String', StringValue: encoding } };
  return () => (encoding === undefined ? {} : { MessageAttributes: attribute });
}

async function sendAll(
  { client, url }: { client: SQSClient; url: string },
  bodies: readonly string[],
  more: () => Partial<SendMessageBatchRequestEntry>,
): Promise<void> {
  for (let i = 0; i < bodies.length; i += BATCH) {
    const Entries = bodies.slice(i, i + BATCH).map((MessageBody, k) => ({
      Id: String(k),
      MessageBody,
      ...more(),
    }));
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    if (Failed.length > 0)
      throw new Error(`SQS refused a test message: ${Failed[0]?.Code} ${Failed[0]?.Message}`);
  }
}

/** Opens the queue as the pipeline's inbox. */
export async function openInbox(
  queue: Pick<TestQueue, 'name' | 'url' | 'endpoint' | 'client'>,
  {
    visibilityTimeoutSeconds = 30,
    receiveSilenceMs = 10_000,
  }: { visibilityTimeoutSeconds?: number; receiveSilenceMs?: number } = {},
): Promise<SqsInbox & Disposable> {
  const options = { region: 'us-east-1', endpoint: queue.endpoint, maxSockets: 4 };
  const opened = await openTransport(queue.url, options);
  const inbox = new SqsInbox({
    receiving: opened,
    acknowledging: opened,
    client: queue.client,
    queueUrl: queue.url,
    queue: queue.name,
    visibilityTimeoutSeconds,
    receiveSilenceMs,
  });
  return Object.assign(inbox, { [Symbol.dispose]: () => opened.close() });
}

/** A queue for the inbox contract suite. */
export async function openRig(
  creating: Promise<TestQueue>,
  { visibilityTimeoutSeconds }: InboxOptions = {},
): Promise<InboxRig> {
  const queue = await creating;
  const inbox = await openInbox(
    queue,
    visibilityTimeoutSeconds === undefined ? {} : { visibilityTimeoutSeconds },
  );
  return {
    inbox,
    nowMs: () => Date.now(),
    staleHandlesMayDelete: true,
    send: (bodies, group) => (group === undefined ? queue.send(bodies) : queue.sendToGroup(group, bodies)),
    async [Symbol.asyncDispose]() {
      inbox[Symbol.dispose]();
      await queue[Symbol.asyncDispose]();
    },
  };
}
