import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { addEndpoint } from '#internal/operations/endpoints/add.ts';
import { Sealing } from '#internal/postgres/sealing.ts';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { storeMessages } from '#internal/proof/kit/test-endpoint.ts';
import { until } from '#internal/proof/kit/until.ts';

const SEALING_KEY = Buffer.alloc(32, 5);
const SECRET = Buffer.alloc(32, 6);
const FORMATS = ['structured', 'binary', 'payload'] as const;
const MESSAGES = 10;

/** A receiver as its clients write it, with the library of Standard Webhooks. It refuses every third request. */
async function libraryReceiver() {
  const webhook = new Webhook(SECRET.toString('base64'));
  const verified: string[] = [];
  const refused: string[] = [];
  let requests = 0;
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await buffer(request)).toString();
    const of = `${request.url} ${String(request.headers['webhook-id'])}`;
    try {
      webhook.verify(body, request.headers as Record<string, string>);
      requests += 1;
      if (requests % 3 !== 0) verified.push(of);
      response.writeHead(requests % 3 === 0 ? 500 : 204).end();
    } catch (error) {
      refused.push(`${of}: ${String(error)}`);
      response.writeHead(401).end();
    }
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    verified,
    refused,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('the library of Standard Webhooks verifies every request on the wire, in every format, also retries', async () => {
  await using database = await createDatabase();
  await using receiver = await libraryReceiver();
  const sealing = new Sealing([{ name: 'test', key: SEALING_KEY }]);
  for (const format of FORMATS)
    await addEndpoint(
      database.pool,
      {
        tenantId: 'default',
        clientId: 'client-3',
        id: format,
        options: { url: `${receiver.url}/${format}`, format, retrySeconds: [1, 1, 1, 1, 1, 1] },
        headers: {},
        secret: { kind: 'hmac', key: SECRET },
        ed25519: true,
        from: undefined,
      },
      { sealing, signal: new AbortController().signal, waiting() {} },
    );
  await storeMessages(database.pool, MESSAGES, { message: { text: 'Grüße \u2028 \u{1F600}', n: 1e21 } });
  await using _sender = new Program('sender/main.ts', [], {
    DATABASE_URL: database.url,
    SENDER_KEYS: `test:${SEALING_KEY.toString('base64')}`,
    SENDER_ALLOW_HTTP: 'true',
    SENDER_ALLOW_CIDRS: '127.0.0.0/8',
    HEALTH_PORT: '0',
  });
  await until(() => receiver.verified.length + receiver.refused.length >= FORMATS.length * MESSAGES, {
    what: 'verified requests',
    timeoutMs: 30_000,
  });
  expect(receiver.refused).toEqual([]);
  expect(new Set(receiver.verified).size).toBe(FORMATS.length * MESSAGES);
});
