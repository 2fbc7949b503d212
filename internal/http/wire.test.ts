import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startForwardProxy } from '../proof/kit/forward-proxy.ts';
import { startRawServer } from '../proof/kit/raw-server.ts';
import { until } from '../proof/kit/until.ts';
import { openWire, type WireSettings } from './wire.ts';

const never = new AbortController().signal;
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const LOCAL: WireSettings = {
  allowHttp: true,
  allowCidrs: ['127.0.0.0/8'],
  dns: 'resolver',
  caFile: undefined,
  log: { info: () => {}, warn: () => {} },
};

function open(more: Partial<WireSettings> = {}) {
  const wire = openWire({ ...LOCAL, ...more });
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

async function serve(reply: Parameters<typeof startRawServer>[0]['reply']) {
  const server = await startRawServer({ reply });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { server, url: `http://127.0.0.1:${server.port}/hook?key=secret` };
}

function request(url: string, timeoutMs = 5_000) {
  return {
    url,
    headers: { 'content-type': 'application/json', 'webhook-id': 'm1' },
    body: Buffer.from('{"a":"ü"}'),
    timeoutMs,
  };
}

describe('a request', () => {
  it('is a POST with exactly the given headers and bytes, and the host', async () => {
    const { server, url } = await serve(() => OK);
    await open().post(request(url), never);
    expect(server.requests[0]?.split('\r\n')).toEqual([
      'POST /hook?key=secret HTTP/1.1',
      `host: 127.0.0.1:${server.port}`,
      'connection: keep-alive',
      'content-type: application/json',
      'webhook-id: m1',
      'content-length: 10',
      '',
      '{"a":"ü"}',
    ]);
  });

  it('goes directly to the endpoint, whatever proxy the environment names', async () => {
    await using proxy = await startForwardProxy();
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'NODE_USE_ENV_PROXY'])
      vi.stubEnv(name, name.startsWith('NODE') ? '1' : proxy.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { server, url } = await serve(() => OK);
    expect(await open().post(request(url), never)).toMatchObject({ status: 200 });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['http://example.com/', { allowHttp: false }, 'begins with http'],
    ['ftp://example.com/', {}, 'begins with ftp'],
    ['https://user:secret@example.com/', {}, 'user name or password'],
    ['no url', {}, 'a space'],
  ])('to %s is not made', async (url, settings, words) => {
    const answer = await open(settings).post(request(url), never);
    expect(answer).toMatchObject({
      kind: 'failure',
      failure: 'bad_url',
      message: expect.stringContaining(words),
    });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('with a header that breaks HTTP is not made', async () => {
    const { server, url } = await serve(() => OK);
    const answer = await open().post({ ...request(url), headers: { x: 'a\r\nsecret: b' } }, never);
    expect(answer).toMatchObject({ kind: 'failure', failure: 'bad_url' });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(server.requests).toEqual([]);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const target = await serve(() => OK);
    const { url } = await serve(
      () => `HTTP/1.1 ${status} X\r\nlocation: ${target.url}\r\ncontent-length: 0\r\n\r\n`,
    );
    expect(await open().post(request(url), never)).toMatchObject({ status, location: target.url });
    expect(target.server.connections).toBe(0);
  });
});

describe('the deadline', () => {
  it('counts from the call on, also while the connection is being made', async () => {
    const wire = open({ query: () => new Promise(() => {}) });
    expect(await wire.post(request('http://example.com/', 50), never)).toEqual({
      kind: 'failure',
      failure: 'timeout',
      message: 'no connection within 0.05 s',
    });
  });

  it('closes the connection of a request without a response', async () => {
    const { server, url } = await serve(() => () => {});
    await open().post(request(url, 50), never);
    await until(() => server.sockets.size === 0, { what: 'the connection to be closed' });
  });

  it('sends nothing after it has passed while the name was looked up', async () => {
    const { server, url } = await serve(() => OK);
    const found = Promise.withResolvers<void>();
    const wire = open({
      query: async () => {
        await found.promise;
        return { addresses: [{ address: '127.0.0.1', family: 4 }], seconds: 60 };
      },
    });
    const late = url.replace('127.0.0.1', 'late.example');
    await wire.post(request(late, 50), never);
    found.resolve();
    // The next request waits behind it.
    expect(await wire.post(request(late), never)).toMatchObject({ status: 200 });
    expect(server.requests).toHaveLength(1);
  });

  it('does not wait for the body of a 2xx, and ends a body that does not end', async () => {
    const { server, url } = await serve(() => 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    expect(await open().post(request(url, 300), never)).toMatchObject({ status: 200 });
    expect(server.sockets.size).toBe(1);
    await until(() => server.sockets.size === 0, { what: 'the connection to be closed' });
  });
});

describe('stopping', () => {
  it('ends requests that wait for a response', async () => {
    const { server, url } = await serve(() => () => {});
    const stop = new AbortController();
    const wire = open();
    const answers = [wire.post(request(url), stop.signal), wire.post(request(url), stop.signal)];
    await until(() => server.requests.length === 2, { what: 'the requests' });
    stop.abort();
    const stopped = { kind: 'failure', failure: 'stopped', message: 'the sender is stopping' };
    expect(await Promise.all(answers)).toEqual([stopped, stopped]);
    expect(await wire.post(request(url), stop.signal)).toEqual(stopped);
    expect(server.requests).toHaveLength(2);
  });

  it('keeps the status of a response that had arrived', async () => {
    const { server, url } = await serve(() => 'HTTP/1.1 500 Oops\r\ncontent-length: 9\r\n\r\nabc');
    const stop = new AbortController();
    const wire = open();
    const answer = wire.post(request(url), stop.signal);
    await until(() => server.requests.length === 1, { what: 'the request' });
    // What the server wrote is read before what it is asked next.
    await new Promise((resolve) => setImmediate(resolve));
    await until(() => [...server.sockets].every(({ writableLength }) => writableLength === 0), {
      what: 'bytes sent',
    });
    setTimeout(() => stop.abort(), 50);
    expect(await answer).toMatchObject({ status: 500, text: 'abc' });
  });

  it('by closing ends everything', async () => {
    const { server, url } = await serve(() => () => {});
    const wire = openWire(LOCAL);
    const answer = wire.post(request(url), never);
    await until(() => server.requests.length === 1, { what: 'the request' });
    await wire[Symbol.asyncDispose]();
    expect(await answer).toMatchObject({ kind: 'failure', failure: 'stopped' });
    expect(await wire.post(request(url), never)).toMatchObject({ kind: 'failure', failure: 'stopped' });
  });
});

describe('connections', () => {
  it('are used again, one request at a time', async () => {
    const { server, url } = await serve(() => OK);
    const wire = open();
    for (let i = 0; i < 20; i += 1) await wire.post(request(url), never);
    // undici takes a connection back one turn after its response: a request that is made at once needs a second one.
    expect(server.connections).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 10 }, () => wire.post(request(url), never)));
    expect(server.connections).toBeLessThanOrEqual(11);
    expect(server.requests).toHaveLength(30);
  });

  it('are used again after a body of less than 64 kB that nobody needs', async () => {
    const { server, url } = await serve(
      () => `HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n${'x'.repeat(60_000)}`,
    );
    const wire = open();
    await wire.post(request(url), never);
    await until(
      async () => (await wire.post(request(url), never), server.requests.length > server.connections),
      {
        what: 'a connection that is used again',
      },
    );
  });

  it('are closed when the body is longer than 64 kB', async () => {
    const { server, url } = await serve(
      () => `HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n${'x'.repeat(10_000_000)}`,
    );
    expect(await open().post(request(url), never)).toMatchObject({ status: 200 });
    await until(() => server.sockets.size === 0, { what: 'the connection to be closed' });
  });

  it('are refused: a failure to connect', async () => {
    const { server, url } = await serve(() => OK);
    await server[Symbol.asyncDispose]();
    expect(await open().post(request(url), never)).toEqual({
      kind: 'failure',
      failure: 'connect',
      message: 'the connection was refused',
    });
  });
});

describe('a connection that was used before and breaks before a response', () => {
  const broken = (_nth: number, before: number) =>
    before === 0 ? OK : (socket: { resetAndDestroy(): unknown }) => void socket.resetAndDestroy();

  it('has its request sent once more, on a new connection', async () => {
    const { server, url } = await serve(broken);
    const wire = open();
    await wire.post(request(url), never);
    await turn();
    expect(await wire.post(request(url), never)).toMatchObject({ status: 200 });
    expect(server.connections).toBe(2);
    expect(server.requests).toHaveLength(3);
  });

  it('has it sent only once more', async () => {
    const { server, url } = await serve((nth) =>
      nth === 0 ? OK : (socket) => void socket.resetAndDestroy(),
    );
    const wire = open();
    await wire.post(request(url), never);
    await turn();
    expect(await wire.post(request(url), never)).toMatchObject({ failure: 'reset' });
    expect(server.requests).toHaveLength(3);
  });

  it('does not have it sent again when any byte of a response had come', async () => {
    const { server, url } = await serve((_nth, before) =>
      before === 0 ? OK : (socket) => socket.end('HTTP/1.1 20'),
    );
    const wire = open();
    await wire.post(request(url), never);
    await turn();
    expect(await wire.post(request(url), never)).toMatchObject({ failure: 'reset' });
    expect(server.requests).toHaveLength(2);
  });

  it('does not have it sent again when the connection was new', async () => {
    const { server, url } = await serve(() => (socket) => void socket.resetAndDestroy());
    expect(await open().post(request(url), never)).toMatchObject({ failure: 'reset' });
    expect(server.requests).toHaveLength(1);
  });

  it('loses no request to a server that closes idle connections after 60 ms', async () => {
    const { url } = await serve(() => (socket) => {
      socket.write(OK);
      socket.removeAllListeners('timeout');
      socket.setTimeout(60, () => socket.destroy());
    });
    const wire = open();
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let i = 0; i < 10; i += 1) {
        expect(await wire.post(request(url), never)).toMatchObject({ status: 200 });
        const idle = performance.now() + 56 + ((lane + i) % 9);
        await until(() => performance.now() >= idle, { what: 'the server to be about to close' });
      }
    });
    await Promise.all(lanes);
  });
});
