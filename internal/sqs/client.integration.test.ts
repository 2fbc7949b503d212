import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { sqsEnvironment } from '../testkit/queue.ts';
import { openSqs } from './client.ts';
import { SqsInbox } from './inbox.ts';

const signal = new AbortController().signal;
Object.assign(process.env, sqsEnvironment());

describe('a server that takes connections and never answers', () => {
  it('does not hold a receive for ever', async () => {
    await using silent = await silentServer();
    const mute = openSqs({ region: 'us-east-1', endpoint: silent.endpoint, maxSockets: 1 });
    const inbox = new SqsInbox({
      receiveClient: mute,
      client: mute,
      queueUrl: `${silent.endpoint}/1/events`,
      queue: 'events',
      visibilityTimeoutSeconds: 30,
      receiveSilenceMs: 100,
    });
    await expect(inbox.receive(10, 0, signal)).rejects.toThrow('SQS did not answer a long poll of 0 s');
    mute.destroy();
  });

  it('does not hold any other call longer than the time-out', async () => {
    await using silent = await silentServer();
    const mute = openSqs({
      region: 'us-east-1',
      endpoint: silent.endpoint,
      maxSockets: 1,
      maxAttempts: 1,
      requestTimeoutMs: 100,
    });
    const send = new SendMessageCommand({ QueueUrl: `${silent.endpoint}/1/events`, MessageBody: 'one' });
    await expect(mute.send(send)).rejects.toMatchObject({ name: 'TimeoutError' });
    mute.destroy();
  });
});

async function silentServer(): Promise<AsyncDisposable & { endpoint: string }> {
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
