import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { until } from '../proof/kit/until.ts';
import { ConnectFailure } from './failure.ts';
import { askResolver, askSystem, Names, type Query } from './names.ts';

function stoppedClock() {
  let nowMs = 1_000_000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  onTestFinished(() => clock.mockRestore());
  return {
    advance: (seconds: number) => {
      nowMs += seconds * 1_000;
    },
  };
}

const found = (seconds: number) => ({ addresses: [{ address: '192.0.2.1', family: 4 }], seconds });
const failing = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

describe('the cache of addresses', () => {
  it.each([
    [0, 5],
    [30, 30],
    [86_400, 60],
  ])('keeps addresses that are valid for %i s for %i s', async (valid, kept) => {
    const clock = stoppedClock();
    const query = vi.fn<Query>(async () => found(valid));
    const names = new Names(query);
    await names.resolve('a.example');
    clock.advance(kept - 0.1);
    await names.resolve('a.example');
    expect(query).toHaveBeenCalledTimes(1);
    clock.advance(0.2);
    await names.resolve('a.example');
    expect(query).toHaveBeenCalledTimes(2);
  });

  it('keeps a failure for 5 s', async () => {
    const clock = stoppedClock();
    const query = vi.fn<Query>(() => failing('ESERVFAIL'));
    const names = new Names(query);
    await expect(names.resolve('a.example')).rejects.toThrow(ConnectFailure);
    clock.advance(4.9);
    await expect(names.resolve('a.example')).rejects.toThrow(
      'a.example: the DNS servers do not answer for this name (ESERVFAIL)',
    );
    expect(query).toHaveBeenCalledTimes(1);
    clock.advance(0.2);
    query.mockImplementation(async () => found(5));
    expect(await names.resolve('a.example')).toHaveLength(1);
  });

  it('asks once for all who wait for a name', async () => {
    const answer = Promise.withResolvers<ReturnType<typeof found>>();
    const query = vi.fn<Query>(() => answer.promise);
    const names = new Names(query);
    const waiting = [names.resolve('a.example'), names.resolve('a.example'), names.resolve('b.example')];
    answer.resolve(found(5));
    await Promise.all(waiting);
    expect(query.mock.calls).toEqual([['a.example'], ['b.example']]);
  });
});

type Records = Readonly<Record<string, { readonly rcode?: number; readonly addresses?: readonly string[] }>>;

/** Answers questions by `A name` and `AAAA name`; those that are not listed never. */
async function startDns(records: Records) {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (message, { port, address }) => {
    let at = 12;
    const labels: string[] = [];
    for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
      labels.push(message.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = message.readUInt16BE(at + 1);
    const question = `${type === 1 ? 'A' : 'AAAA'} ${labels.join('.').toLowerCase()}`;
    questions.push(question);
    const record = records[question];
    if (record === undefined) return;
    const { rcode = 0, addresses = [] } = record;
    const head = Buffer.from(message.subarray(0, at + 5));
    head.writeUInt16BE(0x8180 | rcode, 2);
    head.writeUInt16BE(addresses.length, 6);
    head.writeUInt16BE(0, 10);
    const answers = addresses.map((each) => {
      const data = each.includes(':')
        ? Buffer.from(each.replaceAll(':', ''), 'hex')
        : Buffer.from(each.split('.').map(Number));
      // The name as in the question, the type, class IN, a TTL of 42 s, and the data.
      const fixed = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 42, 0, data.length]);
      return Buffer.concat([fixed, data]);
    });
    socket.send(Buffer.concat([head, ...answers]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, questions };
}

describe('the resolver', () => {
  const IPV6 = '2606:4700:0000:0000:0000:0000:0000:0001';

  it('returns the addresses of both families, and the shortest time for which they are valid', async () => {
    const { server } = await startDns({
      'A a.example': { addresses: ['192.0.2.1', '192.0.2.2'] },
      'AAAA a.example': { addresses: [IPV6] },
    });
    const { addresses, seconds } = await askResolver([server])('a.example');
    expect(addresses.map(({ address, family }) => [address, family])).toEqual([
      ['192.0.2.1', 4],
      ['192.0.2.2', 4],
      ['2606:4700::1', 6],
    ]);
    expect(seconds).toBe(42);
  });

  it('returns IPv6 alone where there is no IPv4', async () => {
    const { server } = await startDns({ 'A a.example': {}, 'AAAA a.example': { addresses: [IPV6] } });
    expect((await askResolver([server])('a.example')).addresses).toHaveLength(1);
  });

  it('does not wait for a server that never answers for IPv6', async () => {
    const { server, questions } = await startDns({ 'A a.example': { addresses: ['192.0.2.1'] } });
    const startedMs = performance.now();
    expect((await askResolver([server])('a.example')).addresses).toHaveLength(1);
    expect(performance.now() - startedMs).toBeLessThan(1_900);
    await until(() => questions.includes('AAAA a.example'), { what: 'the question for IPv6' });
  });

  it.each([
    ['does not exist', { rcode: 3 }, 'a.example: there is no address for this name'],
    ['has no address', {}, 'a.example: there is no address for this name'],
    [
      'cannot be resolved',
      { rcode: 2 },
      'a.example: the DNS servers do not answer for this name (ESERVFAIL)',
    ],
  ])('fails for a name that %s', async (_name, record, message) => {
    const { server } = await startDns({ 'A a.example': record, 'AAAA a.example': record });
    await expect(new Names(askResolver([server])).resolve('a.example')).rejects.toMatchObject({
      failure: 'dns',
      message,
    });
  });

  it('knows localhost, and leaves names without a dot to the system', async () => {
    const { server, questions } = await startDns({});
    const ask = askResolver([server]);
    const local = ['127.0.0.1', '::1'];
    expect((await ask('localhost')).addresses.map(({ address }) => address)).toEqual(local);
    expect((await ask('api.localhost')).addresses.map(({ address }) => address)).toEqual(local);
    await ask('no-such-host-anywhere').catch(() => {});
    expect(questions).toEqual([]);
  });
});

it('the system knows the hosts file', async () => {
  const { addresses } = await askSystem('localhost');
  expect(addresses.length).toBeGreaterThan(0);
});
