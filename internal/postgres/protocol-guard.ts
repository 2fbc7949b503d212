import type { Duplex } from 'node:stream';
import type pg from 'pg';

/** A method of the driver's connection that its types do not declare. */
interface Reading {
  attachListeners(stream: Duplex): void;
}

/**
 * The driver throws in its listener on the socket when a server sends what it does not understand, such as a request for
 * GSSAPI after a change of pg_hba.conf. No caller can catch that, so it would end the process. This turns it into an error of
 * the connection.
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
    new Error(`the server sent something that the driver does not understand: ${words}`, { cause: error }),
    {
      code: 'PROTOCOL_ERROR',
    },
  );
}
