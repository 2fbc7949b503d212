import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** What a raw server does with a request: bytes to write, or a function that is given the connection. */
export type RawReply = string | Buffer | ((socket: Socket) => void);

interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** How many TCP connections there were. */
  readonly connections: number;
  /** What came, a text per request: head and body. */
  readonly requests: readonly string[];
  /** Those that are open. */
  readonly sockets: ReadonlySet<Socket>;
}

export interface RawOptions {
  /** Called for each request with its number, from 0, and how many came before it on its connection. */
  readonly reply: (nth: number, before: number) => RawReply;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly host?: string;
}

/** A server that answers requests with any bytes. It keeps connections open until told otherwise. */
export async function startRawServer({ reply, tls, host = '127.0.0.1' }: RawOptions): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket) => {
    let before = 0;
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = lengthOfRequest(received);
      if (length === undefined || received.length < length) return;
      requests.push(received.subarray(0, length).toString());
      received = received.subarray(length);
      const what = reply(requests.length - 1, before);
      before += 1;
      if (typeof what === 'function') what(socket);
      else socket.write(what);
    });
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    requests,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function lengthOfRequest(received: Buffer): number | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = /content-length: (\d+)/.exec(received.subarray(0, end).toString())?.[1] ?? '0';
  return end + 4 + Number(length);
}
