import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test, vi } from 'vitest';
import { openSqs } from './client.ts';
import { explainSqsError } from './errors.ts';
import { describeQueue, findDeadLetterQueue, findQueue } from './queue.ts';

const ARN = 'arn:aws:sqs:eu-central-1:111111111111';

/** A client whose server returns these attributes. */
function clientOf(attributes: Readonly<Record<string, string>>): SQSClient {
  const send = async () => ({ Attributes: { QueueArn: `${ARN}:events`, ...attributes } });
  return { send } as unknown as SQSClient;
}

async function redriveOf(policy: unknown) {
  const RedrivePolicy = typeof policy === 'string' ? policy : JSON.stringify(policy);
  return (await describeQueue(clientOf({ RedrivePolicy }), 'http://sqs/1/events')).redrive;
}

describe('a redrive policy', () => {
  test('names a queue of the same account', async () => {
    expect(await redriveOf({ deadLetterTargetArn: `${ARN}:dead`, maxReceiveCount: '5' })).toEqual({
      deadLetterName: 'dead',
      deadLetterAccountId: undefined,
      maxReceiveCount: 5,
    });
  });

  test('names a queue of another account, where it is looked up', async () => {
    const policy = await redriveOf({
      deadLetterTargetArn: 'arn:aws:sqs:eu-central-1:222222222222:dead',
      maxReceiveCount: 5,
    });
    expect(policy).toMatchObject({ deadLetterName: 'dead', deadLetterAccountId: '222222222222' });
    const send = vi.fn(async () => ({ QueueUrl: 'https://sqs/222222222222/dead' }));
    if (policy === undefined) throw new Error('no policy');
    await findDeadLetterQueue({ send } as unknown as SQSClient, policy);
    expect(send.mock.calls[0]).toMatchObject([
      { input: { QueueName: 'dead', QueueOwnerAWSAccountId: '222222222222' } },
    ]);
  });

  test.each([
    '',
    '{}',
    'not json',
    'null',
    { maxReceiveCount: 5 },
    { deadLetterTargetArn: '', maxReceiveCount: 5 },
  ])('without a target counts as none: %j', async (policy) => {
    expect(await redriveOf(policy)).toBeUndefined();
  });
});

describe('a server that does not speak SQS', () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });

  test.each([
    [200, '<html>hello</html>'],
    [200, '{}'],
    [200, ''],
    [301, ''],
    [404, '<html>not found</html>'],
    [403, '{"error":"no"}'],
    [400, '<?xml version="1.0"?><ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>'],
  ])('is reported as such when it answers %i %s', async (status, body) => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'text/html' }).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = openSqs({ region: 'us-east-1', endpoint, maxSockets: 1 });
    for (const reference of [{ name: 'events' }, { url: `${endpoint}/1/events` }]) {
      const error = await findQueue(client, reference).catch((cause: unknown) => cause);
      expect(explainSqsError(error, { endpoint, queue: 'events' })).toContain(
        "does not speak SQS's JSON protocol",
      );
    }
    client.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
});
