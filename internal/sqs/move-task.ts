import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelMessageMoveTaskCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { nameOf } from './queue.ts';

const POLL_MS = 1_000;
const UNSEEN_POLLS = 60;
/** SQS's own limit, for standard queues. */
export const MOST_MESSAGES_PER_SECOND = 500;

export interface MoveTask {
  readonly client: SQSClient;
  readonly deadLetterArn: string;
  /** Undefined lets SQS choose. */
  readonly messagesPerSecond: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: (moved: number, of: number | undefined) => void;
  readonly pollMs?: number;
}

interface TaskEnd {
  /** Approximate, as SQS reports it. */
  readonly moved: number;
  /** RUNNING: another program started the task, and we no longer wait for it. */
  readonly status: 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'RUNNING';
  readonly failure: string | undefined;
}

/** Returns the names of the queues that use this dead-letter queue; undefined when the server does not know the call. */
export async function sourcesOf(client: SQSClient, deadLetterUrl: string): Promise<string[] | undefined> {
  try {
    const { queueUrls = [] } = await client.send(
      new ListDeadLetterSourceQueuesCommand({ QueueUrl: deadLetterUrl }),
    );
    return queueUrls.map(nameOf);
  } catch (error) {
    if (isUnknownCall(error)) return undefined;
    throw error;
  }
}

/** Servers other than SQS lack some calls. */
function isUnknownCall(error: unknown): boolean {
  return (
    error instanceof Error &&
    /InvalidAction|UnknownOperation|UnsupportedOperation|NotImplemented/.test(error.name)
  );
}

/**
 * Starts a task of SQS that moves all dead letters back to the queues that they came from, and waits for its end. A task that
 * is already running is followed instead. On abort, the task is cancelled if it was started here. Returns undefined when the
 * server does not know the call.
 */
export async function moveByTask(task: MoveTask): Promise<TaskEnd | undefined> {
  try {
    const last = await newest(task);
    if (last?.Status === 'RUNNING') return await follow(task, { handle: undefined, notStartedAt: undefined });
    return await follow(task, { handle: await start(task), notStartedAt: last?.StartedTimestamp });
  } catch (error) {
    if (isUnknownCall(error)) return undefined;
    throw error;
  }
}

async function start({ client, deadLetterArn, messagesPerSecond }: MoveTask): Promise<string | undefined> {
  const { TaskHandle } = await client.send(
    new StartMessageMoveTaskCommand({
      SourceArn: deadLetterArn,
      ...(messagesPerSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: messagesPerSecond }),
    }),
  );
  return TaskHandle;
}

interface Followed {
  /** Undefined when another program started the task: it is not ours to cancel. */
  readonly handle: string | undefined;
  /** Start of the previous task, which SQS may still list for a moment. */
  readonly notStartedAt: number | undefined;
}

async function follow(task: MoveTask, { handle, notStartedAt }: Followed): Promise<TaskEnd> {
  let cancelled = false;
  for (let unseen = 0; unseen < UNSEEN_POLLS; ) {
    const found = await newest(task);
    if (found === undefined || found.StartedTimestamp === notStartedAt) unseen += 1;
    else {
      const {
        Status: status = '',
        ApproximateNumberOfMessagesMoved: moved = 0,
        FailureReason: failure,
      } = found;
      if (isEnd(status)) return { moved, status, failure };
      task.progress(moved, found.ApproximateNumberOfMessagesToMove);
      if (task.signal.aborted && handle === undefined) return { moved, status: 'RUNNING', failure };
    }
    if (task.signal.aborted && !cancelled) {
      cancelled = true;
      // This fails when the task has just ended. Otherwise we wait for its end, to report what it moved until then.
      await task.client.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle })).catch(() => {});
    }
    await sleep(task.pollMs ?? POLL_MS, undefined, cancelled ? {} : { signal: task.signal }).catch(() => {});
  }
  throw new Error(
    'SQS started to move the messages but does not report its progress: check with "queue show"',
  );
}

function isEnd(status: string): status is 'COMPLETED' | 'FAILED' | 'CANCELLED' {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}

async function newest({
  client,
  deadLetterArn,
}: MoveTask): Promise<ListMessageMoveTasksResultEntry | undefined> {
  const { Results = [] } = await client.send(
    new ListMessageMoveTasksCommand({ SourceArn: deadLetterArn, MaxResults: 1 }),
  );
  return Results[0];
}
