import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../proof/kit/until.ts';
import { never, OK, openTestWire as open, requestTo as request, serveRaw } from '../proof/kit/wire-rig.ts';

async function serve(reply: Parameters<typeof serveRaw>[0]) {
  const server = await serveRaw(reply);
  return { server, url: `http://127.0.0.1:${server.port}/hook` };
}

describe('connections', () => {
  it('are used again: their number follows the requests in flight, not the requests', async () => {
    const { server, url } = await serve(() => OK);
    const wire = open();
    const lanes = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 100; i += 1) await wire.post(request(url), never);
    });
    await Promise.all(lanes);
    expect(server.requests).toHaveLength(800);
    // undici takes a connection back one turn after its response: a request that is made at once needs another one.
    expect(server.connections).toBeLessThanOrEqual(16);
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
    const { server, url } = await serve(() => (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = () => socket.write('x'.repeat(10_000), () => void (socket.destroyed || more()));
      more();
    });
    expect(await open().post(request(url, 60_000), never)).toMatchObject({ status: 200 });
    await until(() => server.sockets.size === 0, { what: 'the connection to be closed' });
  });

  it('are closed rather than kept for bodies when those of 128 answered requests are still missing', async () => {
    const { server, url } = await serve(() => 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    const wire = open();
    await Promise.all(Array.from({ length: 140 }, () => wire.post(request(url, 60_000), never)));
    expect(server.connections).toBe(140);
    await until(() => server.sockets.size === 128, { what: '12 connections to be closed' });
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
