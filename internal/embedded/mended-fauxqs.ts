import { Server } from 'node:net';

interface Persistence {
  readonly db: { prepare(sql: string): { run(...values: unknown[]): unknown } };
  updateMessageReady(messageId: string): void;
}

/**
 * Mends fauxqs 2.4.1: when it keeps its data, it takes a message whose visibility timeout is set to 0 out of its
 * memory, then fails to write that down (it writes null for the receive count, which may not be null), and the message
 * is gone until the server's next start. The receive count stays what it is instead.
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

/** Characters beyond the BMP are refused by fauxqs 2.4.1, and taken by SQS: #x10000 to #x10FFFF. */
export async function mendCharacters(): Promise<void> {
  const { INVALID_MESSAGE_BODY_CHAR } = await fileOf<{ INVALID_MESSAGE_BODY_CHAR: RegExp }>(
    './sqs/sqsTypes.js',
  );
  const invalid = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
  INVALID_MESSAGE_BODY_CHAR.test = (text) => invalid.test(text);
}

/** fauxqs 2.4.1 listens on 0.0.0.0, without authentication. In this process, nothing listens on more than 127.0.0.1. */
export function mendListening(): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the server that it was called on
  const { listen } = Server.prototype;
  Server.prototype.listen = function listenOnLoopback(this: Server, ...args: unknown[]) {
    const [options, ...rest] = args;
    const own = typeof options === 'object' && options !== null ? { ...options, host: '127.0.0.1' } : options;
    return Reflect.apply(listen, this, [own, ...rest]) as Server;
  };
}

/** A file that is not among the package's exports. */
async function fileOf<T>(path: string): Promise<T> {
  return (await import(new URL(path, import.meta.resolve('fauxqs')).href)) as T;
}
