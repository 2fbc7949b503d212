import { openSqs } from './client.ts';
import { type QueueDepth, queueDepth } from './depth.ts';
import { SqsInbox } from './inbox.ts';
import { openQueue, type QueueWanted } from './open-queue.ts';
import { openTransport } from './transport/open.ts';

/** Concurrent deletes and visibility changes; each takes milliseconds, where a long poll takes seconds. */
const OTHER_SOCKETS = 20;

interface InboxWanted extends QueueWanted {
  readonly region: string | undefined;
  /** Concurrent long polls. */
  readonly polls: number;
}

export interface InboxConnection extends Disposable {
  readonly inbox: SqsInbox;
  /** Whether the queue was missing and has been created. */
  readonly created: boolean;
  /** How many messages the queue and its dead-letter queue hold. */
  depth(): Promise<QueueDepth>;
}

/**
 * Finds the queue, or creates it with its dead-letter queue when wanted, and opens connections to it.
 * @throws QueueMissingError when it is missing and not to be created
 * @throws Error with a sentence for the operator when SQS cannot be used
 */
export async function openInbox(wanted: InboxWanted): Promise<InboxConnection> {
  const where = { region: wanted.region, endpoint: wanted.endpoint };
  const client = openSqs({ ...where, maxSockets: OTHER_SOCKETS });
  const { queue, created } = await openQueue(client, wanted).catch((error: unknown) => {
    client.destroy();
    throw error;
  });
  const [receiving, acknowledging] = await Promise.all([
    openTransport(queue.url, { ...where, maxSockets: wanted.polls }),
    openTransport(queue.url, { ...where, maxSockets: OTHER_SOCKETS }),
  ]);
  return {
    inbox: new SqsInbox({
      receiving,
      acknowledging,
      client,
      queueUrl: queue.url,
      queue: queue.name,
      visibilityTimeoutSeconds: wanted.settings.visibilityTimeoutSeconds,
    }),
    created,
    depth: () => queueDepth(client, queue.url),
    [Symbol.dispose]() {
      receiving.close();
      acknowledging.close();
      client.destroy();
    },
  };
}
