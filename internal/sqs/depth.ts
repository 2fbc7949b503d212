import type { SQSClient } from '@aws-sdk/client-sqs';
import { isAccessDenied } from './errors.ts';
import { describeQueue, findDeadLetterQueue, type RedrivePolicy } from './queue.ts';

/** Approximate numbers of messages in a queue, as SQS reports them. */
export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Undefined without a redrive policy, and when its queue is missing or access to it is denied. */
  readonly deadLetters: { readonly queue: string; readonly messages: number } | undefined;
}

/** Asks SQS for the depth of the queue and of its dead-letter queue: three calls. */
export async function queueDepth(client: SQSClient, queueUrl: string): Promise<QueueDepth> {
  const { visible, inFlight, delayed, redrive } = await describeQueue(client, queueUrl);
  const deadLetters = redrive === undefined ? undefined : await depthOfDeadLetters(client, redrive);
  return { visible, inFlight, delayed, deadLetters };
}

async function depthOfDeadLetters(
  client: SQSClient,
  policy: RedrivePolicy,
): Promise<QueueDepth['deadLetters']> {
  try {
    const found = await findDeadLetterQueue(client, policy);
    if (found === undefined) return undefined;
    const { visible, inFlight, delayed } = await describeQueue(client, found.url);
    return { queue: found.name, messages: visible + inFlight + delayed };
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw error;
  }
}
