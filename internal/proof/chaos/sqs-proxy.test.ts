import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSqs } from '#internal/sqs/client.ts';
import { HttpTransport } from '#internal/sqs/transport/http-transport.ts';
import { SqsProxy, sqsError } from './sqs-proxy.ts';

let target: Server;
let proxy: SqsProxy;
let client: SQSClient;
let arrived: string[] = [];

const QueueUrl = 'http://localhost/000000000000/events';
const receive = () => client.send(new ReceiveMessageCommand({ QueueUrl }));

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  arrived = [];
  target = createServer((request, response) => {
    arrived.push(String(request.headers['x-amz-target']));
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    request.resume().on('end', () => response.end('{"Messages":[{"MessageId":"m","Body":"Ω"}]}'));
  });
  await new Promise<void>((resolve) => {
    target.listen(0, '127.0.0.1', resolve);
  });
  proxy = await SqsProxy.start(`http://127.0.0.1:${(target.address() as AddressInfo).port}`);
  client = openSqs({ region: 'us-east-1', endpoint: proxy.endpoint, maxSockets: 5, maxAttempts: 1 });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  client.destroy();
  await proxy[Symbol.asyncDispose]();
  target.closeAllConnections();
  await new Promise((resolve) => target.close(resolve));
});

test('forwards calls and answers', async () => {
  expect((await receive()).Messages).toEqual([{ MessageId: 'm', Body: 'Ω' }]);
  expect(arrived).toEqual(['AmazonSQS.ReceiveMessage']);
});

test('an interceptor answers in place of SQS until it is disposed of', async () => {
  {
    using _ = proxy.intercept(async (call, next) =>
      call.action === 'ReceiveMessage' ? sqsError(400, 'RequestThrottled', 'Rate exceeded') : next(call),
    );
    await expect(receive()).rejects.toMatchObject({ name: 'RequestThrottled' });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  }
  await receive();
  expect(arrived).toEqual(['AmazonSQS.SendMessage', 'AmazonSQS.ReceiveMessage']);
});

test('an answer can be lost after the call was executed', async () => {
  using _ = proxy.intercept(async (call, next) => {
    await next(call);
    return 'reset';
  });
  await expect(receive()).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(arrived).toHaveLength(1);
});

test('the calls of our own transport pass, and can be intercepted too', async () => {
  const transport = new HttpTransport({
    endpoint: new URL(proxy.endpoint),
    region: 'us-east-1',
    credentials: {
      get: async () => ({ accessKeyId: 'test', secretAccessKey: 'test' }),
      renew: async () => false,
    },
    maxSockets: 1,
  });
  const Entries = [{ Id: '0', ReceiptHandle: 'Ω' }];
  const limits = { signal: AbortSignal.timeout(5_000), timeoutMs: 5_000 };
  const seen: unknown[] = [];
  using _ = proxy.intercept(async (call, next) => {
    seen.push([call.action, call.input]);
    return seen.length === 1 ? 'reset' : next(call);
  });
  await transport.call('DeleteMessageBatch', { QueueUrl, Entries }, limits);
  transport.close();
  expect(seen).toEqual([
    ['DeleteMessageBatch', { QueueUrl, Entries }],
    ['DeleteMessageBatch', { QueueUrl, Entries }],
  ]);
  expect(arrived).toEqual(['AmazonSQS.DeleteMessageBatch']);
});

test('interceptors are nested, the last one outermost', async () => {
  using _first = proxy.intercept(async (call, next) => {
    const answer = await next(call);
    return answer === 'reset' ? answer : { ...answer, output: { Messages: [{ MessageId: 'first' }] } };
  });
  using _second = proxy.intercept(async (call, next) => {
    const answer = await next(call);
    if (answer === 'reset') return answer;
    const messages = answer.output['Messages'] as unknown[];
    return { ...answer, output: { Messages: [...messages, { MessageId: 'second' }] } };
  });
  expect((await receive()).Messages?.map(({ MessageId }) => MessageId)).toEqual(['first', 'second']);
});

test('a stopped SQS is a broken connection', async () => {
  target.closeAllConnections();
  await new Promise((resolve) => target.close(resolve));
  await expect(receive()).rejects.toMatchObject({ code: 'ECONNRESET' });
  await new Promise<void>((resolve) => {
    target.listen(0, '127.0.0.1', resolve);
  });
});
