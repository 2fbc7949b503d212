import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { sqsEnvironment } from '../testkit/queue.ts';
import { startSilentServer } from '../testkit/silent-server.ts';
import { openSqs } from './client.ts';

Object.assign(process.env, sqsEnvironment());

describe('a server that takes connections and never answers', () => {
  it('does not hold any other call longer than the time-out', async () => {
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
