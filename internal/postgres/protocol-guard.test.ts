import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { toStoreError } from './errors.ts';
import { openPool } from './pool.ts';

const message = (type: string, ...body: number[]) =>
  Buffer.from([type.charCodeAt(0), 0, 0, 0, body.length + 4, ...body]);
const AUTHENTICATION_OK = message('R', 0, 0, 0, 0);
const READY = message('Z', 'I'.charCodeAt(0));

/** A server that answers the start of a session with `start`, and every further message with `further`. */
async function server(start: Buffer, further: Buffer): Promise<string> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('data', () => {
      socket.write(start);
      socket.on('data', () => socket.write(further));
    });
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return `postgresql://user:password@127.0.0.1:${(listening.address() as AddressInfo).port}/events`;
}

test.each([
  ['asks for GSSAPI, as after a change of pg_hba.conf', message('R', 0, 0, 0, 7), Buffer.alloc(0)],
  ['asks for an unknown kind of authentication', message('R', 0, 0, 0, 99), Buffer.alloc(0)],
  ['sends a message of no known type', message('?', 1, 2, 3), Buffer.alloc(0)],
  [
    'violates the protocol in the middle of a session',
    Buffer.concat([AUTHENTICATION_OK, READY]),
    message('T', 9),
  ],
])('a server that %s counts as away, and does not end the process', async (_, start, further) => {
  const pool = openPool(await server(start, further), { max: 1, applicationName: 'test' });
  onTestFinished(() => pool.end());
  const error = await pool.query('select 1').then(
    () => undefined,
    (thrown: unknown) => toStoreError(thrown),
  );
  expect(error).toMatchObject({ name: 'StoreError', kind: 'unavailable' });
});
