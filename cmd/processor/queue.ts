import { queueOf } from '#internal/sqs/variables.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { openSqs } from '#internal/sqs/client.ts';
import { type QueueDepth, queueDepth } from '#internal/sqs/depth.ts';
import { isMisconfigured } from '#internal/sqs/errors.ts';
import { SqsInbox } from '#internal/sqs/inbox.ts';
import { openQueue } from '#internal/sqs/open-queue.ts';
import { openTransport } from '#internal/sqs/transport/open.ts';
import type { Logger } from 'pino';
import type { ProcessorConfig } from './config.ts';

/** Deletes and visibility changes under way at once; a delete takes milliseconds where a poll takes seconds. */
const OTHER_SOCKETS = 20;

export interface InboxConnection extends Disposable {
  readonly inbox: SqsInbox;
  /** How many messages the queue and its dead-letter queue hold. */
  depth(): Promise<QueueDepth>;
}

/**
 * Finds the queue, or makes it with its dead-letter queue when so configured.
 * @throws Error with a sentence for the operator when it is missing or SQS cannot be used
 */
export async function openInbox(config: ProcessorConfig, log: Logger): Promise<InboxConnection> {
  const wanted = queueOf(config);
  const where = { region: wanted.region, endpoint: wanted.endpoint };
  const client = openSqs({ ...where, maxSockets: OTHER_SOCKETS });
  const { queue, created } = await openQueue(client, wanted).catch((error: unknown) => {
    client.destroy();
    if (!isMisconfigured(error)) throw error;
    throw new ProgramError((error as Error).message, { exitCode: 2, cause: error });
  });
  if (created) log.info({ queue: queue.name }, 'queue created, with its dead-letter queue');
  const [receiving, acknowledging] = await Promise.all([
    openTransport(queue.url, { ...where, maxSockets: config.POLLS }),
    openTransport(queue.url, { ...where, maxSockets: OTHER_SOCKETS }),
  ]);
  return {
    inbox: new SqsInbox({
      receiving,
      acknowledging,
      client,
      queueUrl: queue.url,
      queue: queue.name,
      visibilityTimeoutSeconds: config.VISIBILITY_TIMEOUT_SECONDS,
    }),
    depth: () => queueDepth(client, queue.url),
    [Symbol.dispose]() {
      receiving.close();
      acknowledging.close();
      client.destroy();
    },
  };
}
