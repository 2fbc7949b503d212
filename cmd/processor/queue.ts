import { deadLetterName, queueReference } from '#internal/daemon/config.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { openSqs } from '#internal/sqs/client.ts';
import { explainSqsError, missingQueue } from '#internal/sqs/errors.ts';
import { SqsInbox } from '#internal/sqs/inbox.ts';
import { createQueue, findQueue, nameOf, type Queue } from '#internal/sqs/queue.ts';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import type { ProcessorConfig } from './config.ts';

/** Deletes and visibility changes under way at once; a delete takes milliseconds where a poll takes seconds. */
const OTHER_SOCKETS = 20;

export interface InboxConnection extends Disposable {
  readonly inbox: SqsInbox;
}

/**
 * Finds the queue, or makes it with its dead-letter queue when so configured.
 * @throws ProgramError when it is missing or SQS cannot be used
 */
export async function openInbox(config: ProcessorConfig, log: Logger): Promise<InboxConnection> {
  const where = { region: config.AWS_REGION, endpoint: config.AWS_ENDPOINT_URL };
  const client = openSqs({ ...where, maxSockets: OTHER_SOCKETS });
  const queue = await openQueue(client, config, log);
  const receiveClient = openSqs({ ...where, maxSockets: config.POLLS });
  return {
    inbox: new SqsInbox({
      receiveClient,
      client,
      queueUrl: queue.url,
      queue: queue.name,
      visibilityTimeoutSeconds: config.VISIBILITY_TIMEOUT_SECONDS,
    }),
    [Symbol.dispose]() {
      receiveClient.destroy();
      client.destroy();
    },
  };
}

async function openQueue(client: SQSClient, config: ProcessorConfig, log: Logger): Promise<Queue> {
  const reference = queueReference(config);
  const name = 'url' in reference ? nameOf(reference.url) : reference.name;
  try {
    const found = await findQueue(client, reference);
    if (found !== undefined) return found;
    if (!config.QUEUE_CREATE) throw new ProgramError(missingQueue(name, config.AWS_ENDPOINT_URL));
    const deadLetter = deadLetterName(config, name);
    const created = await createQueue(client, {
      name,
      deadLetterName: deadLetter,
      maxReceiveCount: config.MAX_RECEIVE_COUNT,
      visibilityTimeoutSeconds: config.VISIBILITY_TIMEOUT_SECONDS,
    });
    log.info({ queue: name, deadLetterQueue: deadLetter }, 'queue created');
    return created;
  } catch (error) {
    client.destroy();
    if (error instanceof ProgramError) throw error;
    throw new ProgramError(explainSqsError(error, { queue: name, endpoint: config.AWS_ENDPOINT_URL }), { cause: error });
  }
}
