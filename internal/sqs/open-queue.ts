import type { SQSClient } from '@aws-sdk/client-sqs';
import { explainSqsError, missingQueue } from './errors.ts';
import { createQueue, findQueue, type Queue, type QueueReference, type QueueSettings } from './queue.ts';

export interface QueueWanted {
  readonly reference: QueueReference;
  readonly endpoint: string | undefined;
  /** Create the queue when it is missing. */
  readonly create: boolean;
  readonly settings: QueueSettings;
}

/** The queue does not exist and was not to be created. The message tells the operator what to do. */
export class QueueMissingError extends Error {
  constructor(queue: string, endpoint: string | undefined) {
    super(missingQueue(queue, endpoint));
    this.name = 'QueueMissingError';
  }
}

/**
 * Finds the queue, or creates it with its dead-letter queue when wanted.
 * @throws QueueMissingError when it is missing and not to be created
 * @throws Error with a sentence for the operator when SQS cannot be used
 */
export async function openQueue(
  client: SQSClient,
  wanted: QueueWanted,
): Promise<{ queue: Queue; created: boolean }> {
  const { name } = wanted.settings;
  let found: Queue | undefined;
  try {
    found = await findQueue(client, wanted.reference);
    if (found === undefined && wanted.create) {
      return { queue: await createQueue(client, wanted.settings), created: true };
    }
  } catch (error) {
    throw new Error(explainSqsError(error, { queue: name, endpoint: wanted.endpoint }), { cause: error });
  }
  if (found === undefined) throw new QueueMissingError(name, wanted.endpoint);
  return { queue: found, created: false };
}
