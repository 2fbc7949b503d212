import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startForwardProxy } from '../../proof/kit/forward-proxy.ts';
import { startSilentServer } from '../../proof/kit/silent-server.ts';
import type { Credentials } from '../credentials.ts';
import { SqsError } from './answer.ts';
import { HttpTransport, type HttpTransportParts } from './http-transport.ts';

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly connection: number;
}

type Reply = (response: ServerResponse) => void;

interface ScriptedServer extends AsyncDisposable {
  readonly seen: Seen[];
  readonly endpoint: URL;
}

const never = new AbortController().signal;
const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const POLL = {
  QueueUrl: 'http://localhost/1/events',
  MaxNumberOfMessages: 10,
  WaitTimeSeconds: 0,
  VisibilityTimeout: 30,
  MessageSystemAttributeNames: ['All'],
  MessageAttributeNames: ['All'],
} as const;

/** Answers each request with the next reply; the last one repeats. */
async function startScripted(...given: (Reply | { readonly host: string })[]): Promise<ScriptedServer> {
  const replies = given.filter((each) => typeof each === 'function');
  const { host = '127.0.0.1' } = given.find((each) => typeof each === 'object') ?? {};
  const seen: Seen[] = [];
  const connections: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (!connections.includes(request.socket)) connections.push(request.socket);
      seen.push({
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        connection: connections.indexOf(request.socket),
      });
      replies[Math.min(seen.length, replies.length) - 1]?.(response);
    });
  }).listen(0, host);
  await once(server, 'listening');
  return {
    seen,
    endpoint: new URL(
      `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/`,
    ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(status: number, body: object | string, headers: Record<string, string> = {}): Reply {
  return (response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
}

const drop: Reply = (response) => response.destroy();

/** Credentials that never change. */
function fixed(credentials: Credentials): HttpTransportParts['credentials'] {
  return { get: async () => credentials, renew: async () => false };
}

function open(endpoint: URL, more: Partial<HttpTransportParts> = {}): HttpTransport & Disposable {
  const transport = new HttpTransport({
    endpoint,
    region: 'eu-central-1',
    credentials: fixed({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
    maxSockets: 2,
    ...more,
  });
  return Object.assign(transport, { [Symbol.dispose]: () => transport.close() });
}

function receive(transport: HttpTransport, signal = never, timeoutMs = 5_000): Promise<unknown> {
  return transport.call('ReceiveMessage', POLL, { signal, timeoutMs });
}

describe('a call', () => {
  it('is a signed POST in AWS JSON 1.0', async () => {
    await using server = await startScripted(answer(200, { Messages: [] }));
    using transport = open(server.endpoint);
    expect(await receive(transport)).toEqual({ Messages: [] });
    const { headers, body } = server.seen[0] as Seen;
    expect(headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.ReceiveMessage',
      host: server.endpoint.host,
    });
    expect(headers['x-amz-date']).toMatch(/^\d{8}T\d{6}Z$/);
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/sqs\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
    );
    expect(JSON.parse(body)).toEqual(POLL);
  });

  it('carries the session token of temporary credentials, signed, and asks for credentials every time', async () => {
    await using server = await startScripted(answer(200, {}));
    let asked = 0;
    const get = async (): Promise<Credentials> => {
      asked += 1;
      return { accessKeyId: `AKID${asked}`, secretAccessKey: 'secret', sessionToken: `token ${asked}` };
    };
    const credentials = { get, renew: async () => false };
    using transport = open(server.endpoint, { credentials });
    await receive(transport);
    await receive(transport);
    expect(server.seen.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['token 1', 'token 2']);
    expect(server.seen[1]?.headers.authorization).toMatch(/Credential=AKID2\/.*;x-amz-security-token;/);
  });

  it('is signed anew when it differs, and not when it is repeated', async () => {
    await using server = await startScripted(answer(200, {}));
    let credentials: Credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
    using transport = open(server.endpoint, {
      credentials: { get: async () => credentials, renew: async () => false },
    });
    const limits = { signal: never, timeoutMs: 5_000 };
    for (let tries = 0; tries < 20; tries += 1) {
      server.seen.length = 0;
      await receive(transport);
      await receive(transport);
      await transport.call('ReceiveMessage', { ...POLL, WaitTimeSeconds: 1 }, limits);
      credentials = { ...credentials, secretAccessKey: `secret ${tries}` };
      await receive(transport);
      const [first, again, other, renewed] = server.seen.map(({ headers }) => headers);
      if (first?.['x-amz-date'] !== renewed?.['x-amz-date']) continue; // a second passed in between
      expect(again?.authorization).toBe(first?.authorization);
      expect(new Set([first, other, renewed].map((headers) => headers?.authorization)).size).toBe(3);
      return;
    }
    throw new Error('no second was long enough for four calls');
  });

  it('reuses its connections', async () => {
    await using server = await startScripted(answer(200, {}));
    using transport = open(server.endpoint, { maxSockets: 2 });
    for (let i = 0; i < 20; i += 1) await receive(transport);
    expect(new Set(server.seen.map(({ connection }) => connection)).size).toBeLessThanOrEqual(2);
  });

  it.skipIf(!HAS_IPV6)('reaches a server at its IPv6 address', async () => {
    await using server = await startScripted({ host: '::1' }, answer(200, { Messages: [] }));
    using transport = open(server.endpoint);
    expect(await receive(transport)).toEqual({ Messages: [] });
    expect(server.seen[0]?.headers.host).toBe(server.endpoint.host);
  });
});

describe('a failed call', () => {
  it.each<[string, Reply]>([
    ['throttling', answer(400, { __type: 'com.amazonaws.sqs#ThrottlingException', message: 'slow down' })],
    ['status 429', answer(429, 'too many')],
    ['status 500', answer(500, { __type: 'com.amazonaws.sqs#InternalError' })],
    ['status 503 of a load balancer', answer(503, '<html>try later</html>')],
    ['a connection that breaks', drop],
  ])('is retried after %s', async (_name, reply) => {
    await using server = await startScripted(reply, answer(200, { Messages: [] }));
    using transport = open(server.endpoint);
    expect(await receive(transport)).toEqual({ Messages: [] });
    expect(server.seen).toHaveLength(2);
  });

  it("is given up after three attempts, with SQS's error", async () => {
    await using server = await startScripted(
      answer(503, { __type: 'com.amazonaws.sqs#ServiceUnavailable', message: 'try later' }),
    );
    using transport = open(server.endpoint);
    const error = await receive(transport).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SqsError);
    expect(error).toMatchObject({ name: 'ServiceUnavailable', message: 'try later', status: 503 });
    expect(server.seen).toHaveLength(3);
  });

  it.each([
    ['QueueDoesNotExist', 400],
    ['AccessDeniedException', 403],
    ['InvalidParameterValue', 400],
  ])('is not retried after %s', async (code, status) => {
    await using server = await startScripted(answer(status, { __type: `com.amazonaws.sqs#${code}` }));
    using transport = open(server.endpoint);
    await expect(receive(transport)).rejects.toMatchObject({ name: code, status });
    expect(server.seen).toHaveLength(1);
  });

  it('rejects when the answer ends in the middle', async () => {
    await using server = await startScripted((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"Messages":', () => response.destroy());
    });
    using transport = open(server.endpoint);
    await expect(receive(transport)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });
});

describe('refused credentials', () => {
  const refuse = answer(403, {
    __type: 'com.amazon.coral.service#ExpiredTokenException',
    message: 'expired',
  });

  it('are looked up again, and the call is retried with the new ones', async () => {
    await using server = await startScripted(refuse, answer(200, { Messages: [] }));
    let accessKeyId = 'OLD';
    const credentials = {
      get: async () => ({ accessKeyId, secretAccessKey: 'secret' }),
      renew: async () => {
        accessKeyId = 'NEW';
        return true;
      },
    };
    using transport = open(server.endpoint, { credentials });
    expect(await receive(transport)).toEqual({ Messages: [] });
    expect(
      server.seen.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]),
    ).toEqual(['OLD', 'NEW']);
  });

  it('fail the call when there are no others', async () => {
    await using server = await startScripted(refuse);
    using transport = open(server.endpoint);
    await expect(receive(transport)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a proxy that the environment names', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('forwards the calls, except to the hosts of NO_PROXY', async () => {
    await using server = await startScripted(answer(200, { Messages: [] }));
    await using proxy = await startForwardProxy();
    vi.stubEnv('HTTP_PROXY', proxy.url);
    {
      using transport = open(server.endpoint);
      expect(await receive(transport)).toEqual({ Messages: [] });
    }
    expect(proxy.targets).toEqual([server.endpoint.host]);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    using direct = open(server.endpoint);
    await receive(direct);
    expect(proxy.targets).toHaveLength(1);
    expect(server.seen).toHaveLength(2);
  });
});

describe('a clock that is off', () => {
  it('is corrected by the date of the refusal, for this call and later ones', async () => {
    const serverMs = Date.now() + 3_600_000;
    const refuse = answer(
      403,
      { __type: 'com.amazon.coral.service#RequestExpired', message: 'Signature expired' },
      { date: new Date(serverMs).toUTCString() },
    );
    await using server = await startScripted(refuse, answer(200, {}));
    using transport = open(server.endpoint);
    await receive(transport);
    await receive(transport);
    const hours = server.seen.map(({ headers }) => String(headers['x-amz-date']).slice(9, 11));
    const wanted = new Date(serverMs).toISOString().slice(11, 13);
    expect(hours.slice(1)).toEqual([wanted, wanted]);
    expect(hours[0]).not.toBe(wanted);
  });

  it('is not blamed for another refusal', async () => {
    const refuse = answer(
      403,
      { __type: 'com.amazonaws.sqs#AccessDenied' },
      { date: new Date().toUTCString() },
    );
    await using server = await startScripted(refuse);
    using transport = open(server.endpoint);
    await expect(receive(transport)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a call without an answer', () => {
  it('fails with a TimeoutError', async () => {
    await using server = await startSilentServer();
    using transport = open(new URL(server.endpoint));
    await expect(receive(transport, never, 50)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('ends at once when the signal aborts, before or during the call', async () => {
    await using server = await startSilentServer();
    using transport = open(new URL(server.endpoint));
    await expect(receive(transport, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    const abort = new AbortController();
    const call = receive(transport, abort.signal);
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('names the address when nothing listens there', async () => {
    using transport = open(new URL('http://127.0.0.1:1/'));
    await expect(receive(transport)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
