import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A server that accepts connections and never answers. */
export async function startSilentServer(): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
