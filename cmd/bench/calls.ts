import process from 'node:process';
import { openTransport } from '#internal/sqs/open-transport.ts';
import { TRANSPORTS, type TransportKind } from '#internal/sqs/transport.ts';
import type { HotCalls, SqsTransport } from '#internal/sqs/transport.ts';
import { median } from './figures.ts';
import { PLAIN_LOAD } from './load.ts';
import type { QueueServer } from './queues.ts';

/** CPU milliseconds of this process for one call, a receive of ten messages or their delete. */
export type CallCosts = Readonly<Record<TransportKind, number>>;

const TURNS = 5;
const CALLS_PER_TURN = 1_000;
const SIDE_BY_SIDE = 4;
const MESSAGES_PER_CALL = 10;

/** What the hot calls cost over each transport, by turns in one process. */
export async function measureCalls(server: QueueServer): Promise<CallCosts> {
  const costs: Record<TransportKind, number[]> = { lean: [], sdk: [] };
  for (let turn = 0; turn <= TURNS; turn += 1) {
    for (const kind of TRANSPORTS) {
      const cost = await costOf(kind, server);
      if (turn > 0) costs[kind].push(cost); // the first turn warms up
    }
  }
  return { lean: median(costs.lean), sdk: median(costs.sdk) };
}

async function costOf(kind: TransportKind, server: QueueServer): Promise<number> {
  const events = (CALLS_PER_TURN / 2) * MESSAGES_PER_CALL;
  const queue = await server.filled({ ...PLAIN_LOAD, events });
  const transport = await openTransport(kind, queue.url, {
    region: 'us-east-1',
    endpoint: server.endpoint,
    maxSockets: SIDE_BY_SIDE,
  });
  let left = CALLS_PER_TURN / 2;
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      while (left > 0) {
        left -= 1;
        const { Messages = [] } = await receiveOnce(transport, queue.url);
        await deleteAll(transport, queue.url, Messages);
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  transport.close();
  return (user + system) / 1000 / CALLS_PER_TURN;
}

export async function receiveOnce(
  transport: SqsTransport,
  url: string,
): Promise<HotCalls['ReceiveMessage']['output']> {
  return transport.call(
    'ReceiveMessage',
    {
      QueueUrl: url,
      MaxNumberOfMessages: MESSAGES_PER_CALL,
      WaitTimeSeconds: 0,
      VisibilityTimeout: 60,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    },
    limits(),
  );
}

async function deleteAll(
  transport: SqsTransport,
  url: string,
  messages: readonly { readonly ReceiptHandle?: string }[],
): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle = '' }, i) => ({ Id: String(i), ReceiptHandle }));
  const { Failed = [] } = await transport.call('DeleteMessageBatch', { QueueUrl: url, Entries }, limits());
  if (Failed.length > 0 || Entries.length === 0) throw new Error('the queue of the measurement misbehaves');
}

function limits() {
  return { signal: new AbortController().signal, timeoutMs: 10_000 };
}
