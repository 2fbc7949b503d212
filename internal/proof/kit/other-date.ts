import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

interface OtherDate extends AsyncDisposable {
  readonly url: string;
}

/** An HTTP proxy before a service, whose answers have a `Date` that is this much ahead of ours. */
export async function startOtherDate(targetUrl: string, aheadSeconds: number): Promise<OtherDate> {
  const target = new URL(targetUrl);
  const server = createServer((incoming, outgoing) => {
    const { hostname, port } = target;
    const forwarded = request(
      { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        outgoing.sendDate = false;
        const date = new Date(Date.now() + aheadSeconds * 1000).toUTCString();
        outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, date });
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
