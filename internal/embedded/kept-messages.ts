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
  const file = new URL('./persistence.js', import.meta.resolve('fauxqs')).href; // not among the package's exports
  const { PersistenceManager } = (await import(file)) as { PersistenceManager: { prototype: Persistence } };
  PersistenceManager.prototype.updateMessageReady = function updateMessageReady(messageId) {
    this.db
      .prepare(
        'update sqs_messages set receipt_handle = null, visibility_deadline = null where message_id = ?',
      )
      .run(messageId);
  };
}
