import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '#internal/proof/kit/until.ts';
import { type Behaviour, FRIENDLY } from './behaviour.ts';
import { makeCertificate } from './certificate.ts';
import { DeliveryLedger, type DeliveryLine } from './delivery-ledger.ts';
import { openReceivers, type ReceiversSettings } from './receivers.ts';

const KEY = Buffer.alloc(32, 7);
const DIGEST_OF_EMPTY_OBJECT = '44136fa355b3678a1146ad16f7e8649e';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'receivers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;

/** Receivers that behave like this, with a ledger of their own. */
async function run(behaviour: Partial<Behaviour> = {}, more: Partial<ReceiversSettings> = {}) {
  const path = join(folder, `ledger-${(runs += 1)}`);
  const ledger = new DeliveryLedger(path);
  const receivers = await openReceivers({
    port: 0,
    host: '127.0.0.1',
    behaviourOf: () => ({ ...FRIENDLY, ...behaviour }),
    keysOf: () => [],
    seed: 1,
    ledger,
    ...more,
  });
  return {
    url: receivers.url,
    received: () => ledger.received,
    lines: () => {
      const text = readFileSync(path, 'utf8').split('\n').slice(0, -1);
      return text.map((line) => JSON.parse(line) as DeliveryLine);
    },
    async [Symbol.asyncDispose]() {
      await receivers[Symbol.asyncDispose]();
      ledger[Symbol.dispose]();
    },
  };
}

const always = (status: number) => ({ statuses: [{ status, share: 1 }] });

function post(url: string, id: string, { headers = {}, body = '{}', signal }: Partial<Sending> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { 'webhook-id': id, ...headers },
    body,
    signal: signal ?? null,
  });
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

function signed(id: string, body: string): Partial<Sending> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', KEY).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { body, headers: { 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` } };
}

it('plays every path below /hooks/ and writes a line for each request', async () => {
  await using it = await run();
  expect((await post(`${it.url}/hooks/acme/orders?x=1`, 'm-1')).status).toBe(200);
  const event = JSON.stringify({ specversion: '1.0', id: 'e-1' });
  const structured = {
    body: event,
    headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
  };
  await post(`${it.url}/hooks/globex`, 'm-1', structured);
  await post(`${it.url}/hooks/globex`, 'm-2', { headers: { 'ce-id': 'e%20%22' } });
  expect(it.lines()).toMatchObject([
    { order: 1, endpoint: 'acme/orders', id: 'm-1', event: null, digest: DIGEST_OF_EMPTY_OBJECT },
    { order: 2, endpoint: 'globex', id: 'm-1', event: 'e-1', request: 1, open: 1, signature: 'unchecked' },
    { order: 3, endpoint: 'globex', id: 'm-2', event: 'e "', status: 200 },
  ]);
  expect(it.received()).toEqual({
    requests: 3,
    messages: 3,
    delivered: 3,
    duplicates: 0,
    badSignatures: 0,
    statuses: { 200: 3 },
  });
});

it('answers /livez, and other paths with 404', async () => {
  await using it = await run();
  expect((await fetch(`${it.url}/livez`)).status).toBe(200);
  expect((await post(`${it.url}/hooks/`, 'm')).status).toBe(404);
  expect((await post(`${it.url}/other`, 'm')).status).toBe(404);
  expect(it.received().requests).toBe(0);
});

it('counts what comes again after a success as a duplicate, and a retry after a failure not', async () => {
  let status = 500;
  await using it = await run({}, { behaviourOf: () => ({ ...FRIENDLY, ...always(status) }) });
  await post(`${it.url}/hooks/acme`, 'm-1');
  status = 204;
  await post(`${it.url}/hooks/acme`, 'm-1');
  await post(`${it.url}/hooks/acme`, 'm-1');
  expect(it.lines().map(({ request, open, status: each }) => [request, open, each])).toEqual([
    [1, 1, 500],
    [2, 1, 204],
    [3, 1, 204],
  ]);
  expect(it.received()).toMatchObject({ requests: 3, messages: 1, delivered: 1, duplicates: 1 });
});

it('answers 401 when the signature is not of a key of the endpoint', async () => {
  await using it = await run({}, { keysOf: (name) => (name === 'open' ? [] : [KEY]) });
  const body = '{"text":"ü"}';
  expect((await post(`${it.url}/hooks/acme`, 'm-1', signed('m-1', body))).status).toBe(200);
  expect((await post(`${it.url}/hooks/acme`, 'm-2', signed('m-1', body))).status).toBe(401);
  expect((await post(`${it.url}/hooks/acme`, 'm-3')).status).toBe(401);
  expect((await post(`${it.url}/hooks/open`, 'm-4')).status).toBe(200);
  expect(it.lines().map(({ signature }) => signature)).toEqual(['ok', 'bad', 'bad', 'unchecked']);
  expect(it.received().badSignatures).toBe(2);
});

it('sends Retry-After with 429 and 503 only', async () => {
  let status = 429;
  const behaviourOf = () => ({ ...FRIENDLY, ...always(status), retryAfter: '7' });
  await using it = await run({}, { behaviourOf });
  expect((await post(`${it.url}/hooks/acme`, 'm')).headers.get('retry-after')).toBe('7');
  status = 500;
  expect((await post(`${it.url}/hooks/acme`, 'm')).headers.get('retry-after')).toBeNull();
});

it('resets connections as told', async () => {
  await using it = await run({ reset: 1 });
  await expect(post(`${it.url}/hooks/acme`, 'm')).rejects.toThrow('fetch failed');
  expect(it.lines()).toMatchObject([{ status: 'reset' }]);
});

it('hangs as told, and says how many requests for the message are open meanwhile', async () => {
  await using it = await run({ hang: 1 });
  const leaving = new AbortController();
  const { signal } = leaving;
  const waiting = [1, 2].map(() => post(`${it.url}/hooks/acme`, 'm', { signal }).catch(() => 'left'));
  await fetch(`${it.url}/livez`);
  leaving.abort();
  await Promise.all(waiting);
  await until(() => it.lines().length === 2, { what: 'both lines' });
  expect(
    it
      .lines()
      .map(({ status, open }) => [status, open])
      .sort(),
  ).toEqual([
    ['hang', 1],
    ['hang', 2],
  ]);
});

it('does not count an answer for which the client did not wait', async () => {
  await using it = await run({ delayMs: { from: 60_000, to: 60_000 } });
  const signal = AbortSignal.timeout(100);
  await expect(post(`${it.url}/hooks/acme`, 'm', { signal })).rejects.toThrow('aborted');
  await until(() => it.lines().length === 1, { what: 'the line' });
  expect(it.lines()).toMatchObject([{ status: 'gone' }]);
  expect(it.received().delivered).toBe(0);
});

it('writes down what is open when it is closed', async () => {
  let waiting: Promise<unknown>;
  let lines: () => DeliveryLine[];
  {
    await using it = await run({ hang: 1 });
    waiting = post(`${it.url}/hooks/acme`, 'm').catch(() => 'closed');
    await post(`${it.url}/hooks/acme`, 'm-2', { signal: AbortSignal.timeout(100) }).catch(() => 'left');
    lines = it.lines;
  }
  expect(await waiting).toBe('closed');
  expect(lines().map(({ status }) => status)).toEqual(['hang', 'hang']);
});

it('serves HTTPS with a certificate that clients can check', async () => {
  const tls = makeCertificate('127.0.0.1');
  await using it = await run({}, { tls });
  const status = await new Promise((resolve, reject) => {
    const request = get(`${it.url}/livez`, { ca: tls.cert }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    request.once('error', reject);
  });
  expect(status).toBe(200);
});

it('says that the port is taken', async () => {
  await using it = await run();
  const port = Number(new URL(it.url).port);
  await expect(run({}, { port })).rejects.toThrow(`port ${port} is taken`);
});
