import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { never, openTestWire, requestTo as request, serveRaw } from '../proof/kit/wire-rig.ts';
import { askResolver } from './names.ts';
import type { WireSettings } from './wire.ts';

const CLOSING = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

function open(more: Partial<WireSettings> = {}) {
  return openTestWire({ allowCidrs: [], ...more });
}

/** On all addresses of the machine, so that whatever of them is dialled is counted. */
const serve = () => serveRaw(() => CLOSING, { host: '0.0.0.0' });

/** Addresses for every name, one list per query. */
function answering(...lists: string[][]): NonNullable<WireSettings['query']> {
  let nth = 0;
  return async () => {
    const addresses = (lists[nth++ % lists.length] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    return { addresses, seconds: 5 };
  };
}

describe.each(['https', 'http'])('over %s, no connection is made', (scheme) => {
  it.each(['127.0.0.1', '127.1', '0x7f000001', '0.0.0.0', '[::ffff:127.0.0.1]', '127.9.9.9'])(
    'to %s',
    async (host) => {
      const server = await serve();
      const answer = await open().post(request(`${scheme}://${host}:${server.port}/`), never);
      expect(answer).toMatchObject({ failure: 'blocked_address' });
      expect(server.connections).toBe(0);
    },
  );

  it.each([
    ['127.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['0.0.0.0'],
    // One address that is refused refuses the host: the others could be dialled at the next attempt only.
    ['127.0.0.9', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.9'],
  ])('to a name that leads to %s', async (...addresses) => {
    const server = await serve();
    const wire = open({ query: answering(addresses), allowCidrs: ['127.0.0.9'] });
    expect(await wire.post(request(`${scheme}://hooks.example:${server.port}/`), never)).toMatchObject({
      failure: 'blocked_address',
      message: expect.stringMatching(
        /^hooks\.example leads to an address that is not of the public internet$/,
      ),
    });
    expect(server.connections).toBe(0);
  });

  it.each(['localhost', 'api.localhost', 'localhost.'])('to %s', async (host) => {
    const server = await serve();
    const answer = await open().post(request(`${scheme}://${host}:${server.port}/`), never);
    expect(answer).toMatchObject({ failure: 'blocked_address' });
    expect(server.connections).toBe(0);
  });
});

it('a name that leads elsewhere at every query is dialled only where it may be', async () => {
  const server = await serve();
  const wire = open({ query: answering(['127.0.0.1'], ['127.0.0.9']), allowCidrs: ['127.0.0.1'] });
  let nowMs = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  onTestFinished(() => clock.mockRestore());
  const outcomes: unknown[] = [];
  for (let i = 0; i < 6; i += 1) {
    outcomes.push(await wire.post(request(`http://hooks.example:${server.port}/`), never));
    nowMs += 6_000; // beyond the time for which addresses are kept
  }
  expect(outcomes).toEqual(
    Array.from({ length: 6 }, (_, i) =>
      expect.objectContaining(i % 2 === 0 ? { status: 200 } : { failure: 'blocked_address' }),
    ),
  );
  expect(server.connections).toBe(3);
});

it('localhost can be dialled when one of its addresses is allowed', async () => {
  const server = await serve();
  const wire = open({ allowCidrs: ['127.0.0.0/8'] });
  expect(await wire.post(request(`http://localhost:${server.port}/`), never)).toMatchObject({ status: 200 });
});

it('of several addresses that may be dialled, the next one is tried when one refuses the connection', async () => {
  const server = await serveRaw(() => CLOSING);
  const wire = open({ query: answering(['127.0.0.9', '127.0.0.1']), allowCidrs: ['127.0.0.0/8'] });
  expect(await wire.post(request(`http://hooks.example:${server.port}/`), never)).toMatchObject({
    status: 200,
  });
});

it('a name whose DNS servers never answer is a failure of DNS after 5 s', async () => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const wire = open({ query: askResolver([`127.0.0.1:${silent.address().port}`]) });
  const startedMs = performance.now();
  expect(await wire.post(request('https://hooks.example/', 60_000), never)).toMatchObject({
    failure: 'dns',
    message: expect.stringContaining('hooks.example: the DNS servers do not answer for this name'),
  });
  expect(performance.now() - startedMs).toBeLessThan(15_000);
});

it('a name without addresses is a failure of DNS', async () => {
  const wire = open({ query: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) });
  expect(await wire.post(request('https://hooks.example/?key=secret'), never)).toEqual({
    kind: 'failure',
    failure: 'dns',
    message: 'hooks.example: there is no address for this name',
  });
});
