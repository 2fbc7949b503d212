import { ListQueuesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { startForwardProxy } from '../proof/kit/forward-proxy.ts';
import { sqsEnvironment } from '../proof/kit/queue.ts';
import { startSilentServer } from '../proof/kit/silent-server.ts';
import { openSqs } from './client.ts';

Object.assign(process.env, sqsEnvironment());

describe('a server that accepts connections and never answers', () => {
  it('delays a call for no longer than the timeout', async () => {
    await using silent = await startSilentServer();
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

describe('a proxy that the environment names', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("forwards the SDK's calls, too", async () => {
    await using proxy = await startForwardProxy();
    vi.stubEnv('HTTP_PROXY', proxy.url);
    const endpoint = inject('sqsEndpoint');
    const client = openSqs({ region: 'us-east-1', endpoint, maxSockets: 1 });
    await client.send(new ListQueuesCommand());
    client.destroy();
    expect(proxy.targets).toEqual([new URL(endpoint).host]);
  });
});
