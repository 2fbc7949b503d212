import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Program } from '#internal/proof/kit/program.ts';
import { secretText } from '#internal/sender/secret-text.ts';
import { signedHeaders } from '#internal/sender/signature.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'receivers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hmac = (byte: number) =>
  ({ kind: 'hmac', key: Buffer.alloc(32, byte), expiresAtMs: undefined }) as const;
const [OF_ALL, OF_ACME, OTHER] = [hmac(1), hmac(2), hmac(3)] as const;

async function urlOf(program: Program): Promise<string> {
  return String((await program.logged('ready'))['url']);
}

async function post(url: string, id: string, secret: ReturnType<typeof hmac>): Promise<number> {
  const body = Buffer.from('{"specversion":"1.0","id":"event"}');
  const headers = signedHeaders(id, Math.floor(Date.now() / 1000), body, [secret]);
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/cloudevents+json' },
    body,
  });
  return response.status;
}

test('receivers verify with the secrets of the endpoint and of all, and end with what they counted', async () => {
  const [ledger, secrets] = [join(folder, 'ledger'), join(folder, 'secrets')];
  writeFileSync(secrets, `# endpoint secret\nacme ${secretText(OF_ACME)}\n\n`);
  const args = ['--port', '0', '--secret', secretText(OF_ALL), '--secrets', secrets, '--ledger', ledger];
  await using receivers = new Program('receivers/main.ts', args);
  const url = await urlOf(receivers);
  expect(await post(`${url}/hooks/acme`, 'm-1', OF_ACME)).toBe(200);
  expect(await post(`${url}/hooks/acme`, 'm-2', OF_ALL)).toBe(200);
  expect(await post(`${url}/hooks/globex`, 'm-1', OF_ALL)).toBe(200);
  expect(await post(`${url}/hooks/globex`, 'm-1', OF_ALL)).toBe(200);
  expect(await post(`${url}/hooks/globex`, 'm-3', OF_ACME)).toBe(401);
  expect(await post(`${url}/hooks/globex`, 'm-4', OTHER)).toBe(401);
  receivers.signal('SIGTERM');
  expect(await receivers.exited).toEqual({ code: 0, signal: null });
  expect(JSON.parse(receivers.stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual({
    msg: 'stopped',
    requests: 6,
    messages: 5,
    delivered: 3,
    duplicates: 1,
    badSignatures: 2,
    statuses: { 200: 4, 401: 2 },
  });
  const lines = readFileSync(ledger, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { order: number }).order)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(receivers.stdout + receivers.stderr).not.toContain('whsec_');
});

test('receivers answer as told, the same with the same seed', async () => {
  const statuses = async () => {
    const args = ['--port', '0', '--status', '200,500:0.3,429:0.2', '--delay', '0-5', '--seed', '26'];
    await using receivers = new Program('receivers/main.ts', args);
    const url = await urlOf(receivers);
    const answers: number[] = [];
    for (let i = 0; i < 40; i += 1) answers.push(await post(`${url}/hooks/acme`, `m-${i}`, OTHER));
    return answers;
  };
  const first = await statuses();
  expect(new Set(first)).toEqual(new Set([200, 429, 500]));
  expect(await statuses()).toEqual(first);
});

test('receivers serve HTTPS with a certificate that they write to a file', async () => {
  const path = join(folder, 'ca.pem');
  await using receivers = new Program('receivers/main.ts', ['--port', '0', '--tls', '--tls-ca', path]);
  const url = await urlOf(receivers);
  const status = await new Promise((resolve, reject) => {
    const request = get(`${url}/livez`, { ca: readFileSync(path) }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    request.once('error', reject);
  });
  expect(status).toBe(200);
});

test('receivers tell all mistakes at once, and end with 2 without showing secrets', async () => {
  const wrong = ['--status', '200:x', '--delay', '9-3', '--hang', '2', '--tls-ca', 'x', '--port', '-1'];
  await using badOptions = new Program('receivers/main.ts', wrong);
  expect((await badOptions.exited).code).toBe(2);
  for (const option of wrong.filter((arg) => arg.startsWith('--')))
    expect(badOptions.stderr).toContain(option);
  const secrets = join(folder, 'bad-secrets');
  writeFileSync(secrets, 'acme\nacme whsec_c2hvcnQ=\n');
  const args = ['--secret', 'not-a-secret', '--secrets', secrets];
  await using badSecrets = new Program('receivers/main.ts', args);
  expect((await badSecrets.exited).code).toBe(2);
  for (const told of ['--secret: expected', `${secrets} line 1: expected`, `${secrets} line 2: after whsec_`])
    expect(badSecrets.stderr).toContain(told);
  expect(badSecrets.stderr).not.toMatch(/not-a-secret|c2hvcnQ/);
});
