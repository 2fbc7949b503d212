import { createServer, request } from 'node:http';
import { type Listening, listening } from './listening.ts';

/** An HTTP proxy whose answers have a `Date` header that is `aheadSeconds` ahead of the local clock. */
export async function startOtherDate(targetUrl: string, aheadSeconds: number): Promise<Listening> {
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
  return listening(server);
}
