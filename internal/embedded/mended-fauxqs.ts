import { Server } from 'node:net';

interface Persistence {
  readonly db: { prepare(sql: string): { run(...values: unknown[]): unknown } };
  updateMessageReady(messageId: string): void;
}

/**
 * Fixes fauxqs 2.4.1: with persistence, it removes a message whose visibility timeout is set to 0 from its memory, and
 * then fails to persist it (it writes null as the receive count, a column that is not nullable), so that the message is
 * missing until the server's next start. The fix leaves the receive count unchanged.
 */
export async function mendRelease(): Promise<void> {
  const { PersistenceManager } = await fileOf<{ PersistenceManager: { prototype: Persistence } }>(
    './persistence.js',
  );
  PersistenceManager.prototype.updateMessageReady = function updateMessageReady(messageId) {
    this.db
      .prepare(
        'update sqs_messages set receipt_handle = null, visibility_deadline = null where message_id = ?',
      )
      .run(messageId);
  };
}

/** Fixes fauxqs 2.4.1: it refuses characters beyond the BMP (#x10000 to #x10FFFF), which SQS accepts. */
export async function mendCharacters(): Promise<void> {
  const { INVALID_MESSAGE_BODY_CHAR } = await fileOf<{ INVALID_MESSAGE_BODY_CHAR: RegExp }>(
    './sqs/sqsTypes.js',
  );
  const invalid = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
  INVALID_MESSAGE_BODY_CHAR.test = (text) => invalid.test(text);
}

/** Fixes fauxqs 2.4.1: it listens on 0.0.0.0, without authentication. In this process, all servers listen on 127.0.0.1. */
export function mendListening(): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the server as this
  const { listen } = Server.prototype;
  Server.prototype.listen = function listenOnLoopback(this: Server, ...args: unknown[]) {
    const [options, ...rest] = args;
    const own = typeof options === 'object' && options !== null ? { ...options, host: '127.0.0.1' } : options;
    return Reflect.apply(listen, this, [own, ...rest]) as Server;
  };
}

/** Imports a file that is not among the package's exports. */
async function fileOf<T>(path: string): Promise<T> {
  return (await import(new URL(path, import.meta.resolve('fauxqs')).href)) as T;
}
