import process from 'node:process';
import {
  DeleteMessageBatchCommand,
  type DeleteMessageBatchCommandInput,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { openSqs } from '#internal/sqs/client.ts';
import type { HotAction, HotCalls, SqsTransport } from '#internal/sqs/transport/calls.ts';
import { openTransport } from '#internal/sqs/transport/open.ts';
import { median } from './figures.ts';
import { PLAIN_LOAD } from './load.ts';
import type { QueueServer } from './queues.ts';

const KINDS = ['own', 'sdk'] as const;
type Kind = (typeof KINDS)[number];

/**
 * CPU milliseconds of this process per call (receiving or deleting ten messages), with our transport and with
 * the AWS SDK.
 */
export type CallCosts = Readonly<Record<Kind, number>>;

const TURNS = 5;
const CALLS_PER_TURN = 1_000;
const SIDE_BY_SIDE = 4;
const MESSAGES_PER_CALL = 10;

/** Measures the cost of the hot calls, alternating the transports in one process. */
export async function measureCalls(server: QueueServer): Promise<CallCosts> {
  const costs: Record<Kind, number[]> = { own: [], sdk: [] };
  for (let turn = 0; turn <= TURNS; turn += 1) {
    for (const kind of KINDS) {
      const cost = await costOf(kind, server);
      if (turn > 0) costs[kind].push(cost); // the first turn is a warm-up
    }
  }
  return { own: median(costs.own), sdk: median(costs.sdk) };
}

async function costOf(kind: Kind, server: QueueServer): Promise<number> {
  const events = (CALLS_PER_TURN / 2) * MESSAGES_PER_CALL;
  const queue = await server.filled({ ...PLAIN_LOAD, events });
  const where = { region: 'us-east-1', endpoint: server.endpoint, maxSockets: SIDE_BY_SIDE };
  const transport = kind === 'own' ? await openTransport(queue.url, where) : sdkTransport(where);
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

/** Makes the calls with the AWS SDK's client. */
function sdkTransport(where: Parameters<typeof openSqs>[0]): SqsTransport {
  const client = openSqs(where);
  const answer = (action: HotAction, input: unknown): Promise<unknown> =>
    action === 'ReceiveMessage'
      ? client.send(new ReceiveMessageCommand(input as ReceiveMessageCommandInput))
      : client.send(new DeleteMessageBatchCommand(input as DeleteMessageBatchCommandInput));
  return {
    call: async (action, input) => (await answer(action, input)) as HotCalls[typeof action]['output'],
    close: () => client.destroy(),
  };
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
  if (Failed.length > 0 || Entries.length === 0)
    throw new Error('the measured queue did not behave as expected');
}

function limits() {
  return { signal: new AbortController().signal, timeoutMs: 10_000 };
}
