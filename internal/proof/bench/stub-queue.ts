import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { bodies, type LoadSpec } from './load.ts';

// The process of a queue that costs almost nothing. It answers AWS JSON 1.0 with prepared messages, delivers
// each once, and counts the deletes. Its parent fills it over IPC.

/** As long as a handle of SQS. */
const HANDLE_LENGTH = 180;
const POLL_MS = 5;
/** Capacity of a queue that starts empty and is sent to later. */
const MIN_CAPACITY = 1_000_000;

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
}

let messages: string[] = [];
let next = 0;
let deleted = new Uint8Array(0);
let deletes = 0;

function fill(spec: LoadSpec): void {
  messages = [...bodies(spec)].map(messageText);
  next = 0;
  deletes = 0;
  deleted = new Uint8Array(Math.max(messages.length, MIN_CAPACITY));
}

function messageText(body: string, i: number): string {
  const sent = String(Date.now());
  return JSON.stringify({
    MessageId: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    ReceiptHandle: String(i).padEnd(HANDLE_LENGTH, '/'),
    MD5OfBody: createHash('md5').update(body).digest('hex'),
    Body: body,
    Attributes: {
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      SentTimestamp: sent,
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: sent,
    },
  });
}

function remove({ ReceiptHandle }: { readonly ReceiptHandle: string }): void {
  const i = Number.parseInt(ReceiptHandle, 10);
  if (i >= next) throw new Error(`deleted and never received: ${i}`);
  deletes += 1 - (deleted[i] ?? 1);
  deleted[i] = 1;
}

async function answer(
  action: string,
  input: Record<string, unknown>,
  isGone: () => boolean,
): Promise<string> {
  switch (action) {
    case 'ReceiveMessage':
      return receive(
        Number(input['MaxNumberOfMessages'] ?? 1),
        Number(input['WaitTimeSeconds'] ?? 0),
        isGone,
      );
    case 'DeleteMessage':
      remove(input as unknown as Entry);
      return '{}';
    case 'DeleteMessageBatch': {
      const entries = input['Entries'] as Entry[];
      for (const entry of entries) remove(entry);
      return JSON.stringify({ Successful: entries.map(({ Id }) => ({ Id })), Failed: [] });
    }
    case 'ChangeMessageVisibilityBatch':
      return JSON.stringify({
        Successful: (input['Entries'] as Entry[]).map(({ Id }) => ({ Id })),
        Failed: [],
      });
    case 'SendMessageBatch': {
      const entries = input['Entries'] as { Id: string; MessageBody: string }[];
      for (const { MessageBody } of entries) messages.push(messageText(MessageBody, messages.length));
      return JSON.stringify({ Successful: entries.map(({ Id }) => ({ Id })), Failed: [] });
    }
    case 'GetQueueUrl':
      return JSON.stringify({ QueueUrl: `http://127.0.0.1:${port()}/000000000000/stub` });
    case 'GetQueueAttributes':
      return JSON.stringify({ Attributes: attributes(input['AttributeNames'] as string[]) });
    default:
      throw new Error(`the stub does not answer ${action}`);
  }
}

function attributes(names: readonly string[]): Record<string, string> {
  const all = {
    QueueArn: 'arn:aws:sqs:us-east-1:000000000000:stub',
    ApproximateNumberOfMessages: String(messages.length - next),
    ApproximateNumberOfMessagesNotVisible: String(next - deletes),
    ApproximateNumberOfMessagesDelayed: '0',
  };
  const wanted = Object.entries(all).filter(([name]) => names.includes(name) || names.includes('All'));
  return Object.fromEntries(wanted);
}

async function receive(maxMessages: number, waitSeconds: number, isGone: () => boolean): Promise<string> {
  const deadlineMs = performance.now() + waitSeconds * 1000;
  while (next >= messages.length && performance.now() < deadlineMs && !isGone()) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  if (isGone()) return '{}'; // a poll of the previous contender; its messages would be lost
  const given = messages.slice(next, next + maxMessages);
  next += given.length;
  return given.length === 0 ? '{}' : `{"Messages":[${given.join(',')}]}`;
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const input = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    answer(action, input, () => request.socket.destroyed).then(
      (text) => {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
      },
      (error: unknown) => {
        response.writeHead(400).end(JSON.stringify({ __type: 'InvalidAction', message: String(error) }));
      },
    );
  });
}

const server = createServer(serve).listen(0, '127.0.0.1', () => process.send?.({ port: port() }));
server.keepAliveTimeout = 60_000;

function port(): number {
  return (server.address() as AddressInfo).port;
}

process.on('message', (spec) => {
  fill(spec as LoadSpec);
  process.send?.({ filled: messages.length });
});
process.on('disconnect', () => process.exit(0)); // the parent has ended
