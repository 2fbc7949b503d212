import type { SQSClient } from '@aws-sdk/client-sqs';
import { moveMessages } from './move-messages.ts';
import { type MoveTask, moveByTask, sourcesOf } from './move-task.ts';
import { arnOf, type Queue } from './queue.ts';

export interface Redrive {
  readonly client: SQSClient;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  /** Undefined for all of them. */
  readonly limit: number | undefined;
  readonly messagesPerSecond: number | undefined;
  /** Receive, send and delete them here, even where SQS could move them itself. */
  readonly copy: boolean;
  readonly signal: AbortSignal;
  readonly progress: MoveTask['progress'];
}

export interface Redriven {
  /** A task of SQS moved them, or they were received, sent and deleted here. */
  readonly by: 'task' | 'copy';
  readonly moved: number;
  readonly failed: number;
  readonly undeleted: number;
  readonly left: number;
  /** Why the redrive is not complete, as far as known; undefined when it is. */
  readonly unfinished: string | undefined;
}

/**
 * Moves dead letters back to the queue that they came from. SQS does it itself where it can and where all of them came from
 * this queue; otherwise, and for a limited number, they are received, sent and deleted here.
 */
export async function redrive(wanted: Redrive): Promise<Redriven> {
  return (await byTask(wanted)) ?? byCopy(wanted);
}

async function byTask(wanted: Redrive): Promise<Redriven | undefined> {
  const { client, queue, deadLetterQueue } = wanted;
  if (wanted.copy || wanted.limit !== undefined) return undefined;
  const sources = await sourcesOf(client, deadLetterQueue.url);
  // A task moves everything; dead letters of other queues are not ours to move.
  if (sources?.length !== 1 || sources[0] !== queue.name) return undefined;
  const deadLetterArn = await arnOf(client, deadLetterQueue.url);
  const end = await moveByTask({ ...wanted, deadLetterArn });
  if (end === undefined) return undefined;
  const unfinished = {
    COMPLETED: undefined,
    FAILED: `SQS gave up: ${end.failure ?? 'it gave no reason'}`,
    CANCELLED: 'it was cancelled',
    RUNNING: 'another program started it, and it is still running',
  }[end.status];
  return { by: 'task', moved: end.moved, failed: 0, undeleted: 0, left: 0, unfinished };
}

async function byCopy(wanted: Redrive): Promise<Redriven> {
  const { client, queue, deadLetterQueue, signal } = wanted;
  const end = await moveMessages({
    client,
    fromUrl: deadLetterQueue.url,
    toUrl: queue.url,
    toArn: await arnOf(client, queue.url),
    limit: wanted.limit ?? Number.POSITIVE_INFINITY,
    messagesPerSecond: wanted.messagesPerSecond,
    signal,
    progress: (moved) => wanted.progress(moved, undefined),
  });
  return { by: 'copy', ...end, unfinished: signal.aborted ? 'it was interrupted' : undefined };
}
