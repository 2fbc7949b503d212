import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';

/** Size of an SSLRequest, the first message of a client that uses TLS (PostgreSQL, "Message Formats"). */
const SSL_REQUEST_BYTES = 8;

interface TlsInFront extends AsyncDisposable {
  /** The server's URL through the TLS proxy. */
  readonly url: string;
  /** The certificate shown to new connections. */
  certificate: Certificate;
  /** When true, answers SSLRequest with an error, as a postmaster does when it cannot fork. */
  failing: boolean;
  /** Closes all connections. */
  cut(): void;
}

/** A proxy that adds PostgreSQL's TLS negotiation to a server without TLS. */
export async function startPostgresTls(targetUrl: string, certificate: Certificate): Promise<TlsInFront> {
  const target = new URL(targetUrl);
  const [port, host] = [Number(target.port), target.hostname];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => {}).on('close', () => sockets.delete(client));
    client.once('readable', (): void => {
      if (client.read(SSL_REQUEST_BYTES) === null) return void client.destroy();
      if (front.failing) return void client.end('E');
      client.write('S');
      const secure = new TLSSocket(client, { isServer: true, ...front.certificate });
      const upstream = connect(port, host);
      secure.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
      upstream.on('error', () => secure.destroy()).on('close', () => secure.destroy());
      secure.pipe(upstream).pipe(secure);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  target.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const front: TlsInFront = {
    url: target.href,
    certificate,
    failing: false,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return front;
}
