import type { Duplex } from 'node:stream';
import type pg from 'pg';

/** What the driver's connection has and its types do not tell. */
interface Reading {
  attachListeners(stream: Duplex): void;
}

/**
 * The driver throws where it reads from the socket when a server sends what it does not understand, such as a request for
 * GSSAPI after a change of pg_hba.conf. There nobody could catch it, and it would end the process. This turns it into an
 * error of that connection.
 */
export function guardProtocol(client: pg.Client): void {
  const { connection } = client as unknown as { readonly connection: Reading };
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    const before = new Set(stream.listeners('data'));
    attach(stream);
    for (const listener of stream.listeners('data')) {
      if (before.has(listener)) continue;
      const read = listener as (chunk: Buffer) => void;
      stream.off('data', read);
      stream.on('data', (chunk: Buffer) => {
        try {
          read(chunk);
        } catch (error) {
          stream.destroy(protocolError(error));
        }
      });
    }
  };
}

function protocolError(error: unknown): Error {
  const words = error instanceof Error ? error.message : String(error);
  return Object.assign(
    new Error(`the server sent what this driver does not understand: ${words}`, { cause: error }),
    {
      code: 'PROTOCOL_ERROR',
    },
  );
}
