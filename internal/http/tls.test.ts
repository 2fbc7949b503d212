import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Certificate, issue, selfSigned } from '../proof/kit/certificates.ts';
import type { RawReply } from '../proof/kit/raw-server.ts';
import { until } from '../proof/kit/until.ts';
import { never, OK, openTestWire, requestTo, serveRaw } from '../proof/kit/wire-rig.ts';
import { Trust } from './trust.ts';
import type { WireSettings } from './wire.ts';

const CLOSING = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';
const HOST = 'hooks.example';
let root: Certificate;
let middle: Certificate;
let caFile: string;

beforeAll(async () => {
  root = await issue({ hosts: ['Root of the tests'], isAuthority: true });
  middle = await issue({ hosts: ['Middle of the tests'], issuer: root, isAuthority: true });
  const folder = await mkdtemp(join(tmpdir(), 'trust-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, root.cert);
  return () => rm(folder, { recursive: true });
});

function open(more: Partial<WireSettings> = {}) {
  const query = async () => ({ addresses: [{ address: '127.0.0.1', family: 4 }], seconds: 60 });
  return openTestWire({ caFile, query, ...more });
}

async function serve(tls: Certificate, reply: RawReply = OK, host = HOST) {
  const server = await serveRaw(() => reply, { tls });
  return { server, request: requestTo(`https://${host}:${server.port}/`) };
}

const tlsFailure = (message: string) => ({ kind: 'failure', failure: 'tls', message });

describe('a certificate', () => {
  it('of an authority in the file is accepted, and the name is sent for it', async () => {
    let name: unknown;
    const { request } = await serve(await issue({ hosts: [HOST], issuer: root }), (socket) => {
      name = (socket as TLSSocket).servername;
      socket.write(OK);
    });
    expect(await open().post(request, never)).toMatchObject({ status: 200 });
    expect(name).toBe(HOST);
  });

  it('is accepted for a name that ends with a dot', async () => {
    const { request } = await serve(await issue({ hosts: [HOST], issuer: root }), OK, `${HOST}.`);
    expect(await open().post(request, never)).toMatchObject({ status: 200 });
  });

  it('for an address is compared with the address', async () => {
    const certificate = await selfSigned();
    const file = `${caFile}.address`;
    await writeFile(file, certificate.cert);
    const { request } = await serve(certificate, OK, '127.0.0.1');
    expect(await open({ caFile: file }).post(request, never)).toMatchObject({ status: 200 });
  });

  it.each([
    ['that has expired', { hosts: [HOST], validUntil: new Date(86_400_000) }, 'the certificate has expired'],
    ['for another host', { hosts: ['other.example'] }, 'the certificate is for another host name'],
  ])('%s is refused', async (_name, options, message) => {
    const { server, request } = await serve(await issue({ ...options, issuer: root }));
    expect(await open().post(request, never)).toEqual(tlsFailure(message));
    expect(server.requests).toEqual([]);
  });

  it('that is self-signed is refused', async () => {
    const { request } = await serve(await selfSigned([HOST]));
    expect(await open().post(request, never)).toEqual(tlsFailure('the certificate is self-signed'));
  });

  it('of an authority that is not trusted is refused', async () => {
    const leaf = await issue({ hosts: [HOST], issuer: root });
    const { request } = await serve({ cert: leaf.cert + root.cert, key: leaf.key });
    expect(await open({ caFile: undefined }).post(request, never)).toEqual(
      tlsFailure('the certificate chain ends in a root that is not trusted here'),
    );
  });

  it('whose intermediate certificate is missing is refused, with it accepted', async () => {
    const leaf = await issue({ hosts: [HOST], issuer: middle });
    const incomplete = await serve(leaf);
    expect(await open().post(incomplete.request, never)).toEqual(
      tlsFailure(
        'the certificate chain is incomplete: the server has to send its intermediate certificates too',
      ),
    );
    const complete = await serve({ cert: leaf.cert + middle.cert, key: leaf.key });
    expect(await open().post(complete.request, never)).toMatchObject({ status: 200 });
  });

  it('is verified even if NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { request } = await serve(await selfSigned([HOST]));
    expect(await open().post(request, never)).toMatchObject({ failure: 'tls' });
  });
});

describe('a server', () => {
  it('without TLS is told from others', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const request = {
      url: `https://${HOST}:${port}/`,
      headers: {},
      body: Buffer.from('{}'),
      timeoutMs: 5_000,
    };
    expect(await open().post(request, never)).toEqual(
      tlsFailure('the server does not speak TLS at this port'),
    );
  });

  it('that closes during the handshake is told from others', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const request = {
      url: `https://${HOST}:${port}/`,
      headers: {},
      body: Buffer.from('{}'),
      timeoutMs: 5_000,
    };
    expect(await open().post(request, never)).toEqual(
      tlsFailure('the server closed the connection during the TLS handshake'),
    );
  });

  it('that never answers the handshake is given up after 5 s', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const answer = await open().post(requestTo(`https://${HOST}:${port}/`, 60_000), never);
    expect(answer).toEqual({ kind: 'failure', failure: 'connect', message: 'no connection within 5 s' });
    const connections = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    await until(async () => (await connections()) === 0, { what: 'the connection to be closed' });
  });

  it('that breaks the connection after the handshake is a reset, and ends no process', async () => {
    const { request } = await serve(
      await issue({ hosts: [HOST], issuer: root }),
      (socket) => void socket.destroy(),
    );
    expect(await open().post(request, never)).toMatchObject({ failure: 'reset' });
  });
});

it('a reused TLS connection that breaks before a response has its request sent once more', async () => {
  const tls = await issue({ hosts: [HOST], issuer: root });
  const server = await serveRaw((_nth, before) => (before === 0 ? OK : (socket) => void socket.destroy()), {
    tls,
  });
  const wire = open();
  const request = requestTo(`https://${HOST}:${server.port}/`);
  await wire.post(request, never);
  await turn();
  expect(await wire.post(request, never)).toMatchObject({ status: 200 });
  expect(server.requests).toHaveLength(3);
});

it('a second connection to a host resumes the TLS session of the first', async () => {
  const reused: boolean[] = [];
  const { request } = await serve(await issue({ hosts: [HOST], issuer: root }), (socket) => {
    reused.push((socket as TLSSocket).isSessionReused());
    socket.end(CLOSING);
  });
  const wire = open();
  await wire.post(request, never);
  await until(async () => (await wire.post(request, never), reused.at(-1)), { what: 'a resumed session' });
});

describe('the file of trusted certificates', () => {
  it.each([
    ['is missing', undefined, /ENOENT/],
    ['has none', 'no certificate', /contains no certificate in PEM/],
    [
      'is broken',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      /contains a certificate that cannot be read/,
    ],
  ])('keeps the program from starting when it %s', async (_name, content, message) => {
    const file = `${caFile}.bad`;
    if (content !== undefined) await writeFile(file, content);
    onTestFinished(() => rm(file, { force: true }));
    expect(() => open({ caFile: file })).toThrow(message);
  });

  it('counts anew after a change; a broken one changes nothing and is reported once', async () => {
    const file = `${caFile}.changing`;
    await writeFile(file, root.cert);
    const log = { info: vi.fn<() => void>(), warn: vi.fn<() => void>() };
    const changed = vi.fn<() => void>();
    const trust = new Trust({ caFile: file, log, changed, lookEveryMs: 0 });
    const first = trust.context();

    await writeFile(file, 'half written');
    await until(() => (trust.context(), log.warn.mock.calls.length > 0), { what: 'the warning' });
    expect(trust.context()).toBe(first);
    expect(changed).not.toHaveBeenCalled();

    await writeFile(`${file}.new`, middle.cert);
    await rename(`${file}.new`, file);
    await until(() => trust.context() !== first, { what: 'the new certificates' });
    expect(changed).toHaveBeenCalledOnce();
    expect(log.info).toHaveBeenCalledOnce();
    expect(log.warn).toHaveBeenCalledOnce();
  });
});
