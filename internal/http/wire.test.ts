import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startForwardProxy } from '../proof/kit/forward-proxy.ts';
import { until } from '../proof/kit/until.ts';
import { never, OK, openTestWire as open, requestTo as request, serveRaw } from '../proof/kit/wire-rig.ts';

async function serve(reply: Parameters<typeof serveRaw>[0]) {
  const server = await serveRaw(reply);
  return { server, url: `http://127.0.0.1:${server.port}/hook?key=secret` };
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
    const log = { info: vi.fn<() => void>(), warn: () => {} };
    expect(await open({ log }).post(request(url), never)).toMatchObject({ status: 200 });
    expect(server.requests).toHaveLength(1);
    expect(proxy.targets).toEqual([]);
    expect(log.info).toHaveBeenCalledOnce();
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

  it('does not hold back the answer to a 2xx, and ends a body that does not end', async () => {
    const { server, url } = await serve(() => 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    const wire = open();
    const startedMs = performance.now();
    expect(await wire.post(request(url, 20_000), never)).toMatchObject({ status: 200 });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(await wire.post(request(url, 300), never)).toMatchObject({ status: 200 });
    expect(server.sockets.size).toBe(2);
    await until(() => server.sockets.size === 1, { what: 'the connection to be closed' });
  });

  it('does not count against a response that came in time while the process was held up', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const server = require('node:http').createServer((request, response) => {
         request.resume().on('end', () => response.end());
       });
       server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
      { eval: true },
    );
    onTestFinished(async () => void (await worker.terminate()));
    const [port] = (await once(worker, 'message')) as [number];
    const wire = open();
    const url = `http://127.0.0.1:${port}/`;
    await wire.post(request(url), never);
    const answer = wire.post(request(url, 50), never);
    await turn(); // on its way
    await turn();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(await answer).toMatchObject({ status: 200 });
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
    const wire = open();
    const answer = wire.post(request(url), never);
    await until(() => server.requests.length === 1, { what: 'the request' });
    await wire[Symbol.asyncDispose]();
    expect(await answer).toMatchObject({ kind: 'failure', failure: 'stopped' });
    expect(await wire.post(request(url), never)).toMatchObject({ kind: 'failure', failure: 'stopped' });
  });
});
