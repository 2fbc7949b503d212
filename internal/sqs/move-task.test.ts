import type { ListMessageMoveTasksResultEntry, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { type MoveTask, moveByTask } from './move-task.ts';

type Task = ListMessageMoveTasksResultEntry;

/** An SQS that returns these lists of tasks in turn, and then always the last one. */
function serverWith(lists: readonly (readonly Task[])[]) {
  const calls: string[] = [];
  let asked = 0;
  const send = async (command: { constructor: { name: string }; input: unknown }) => {
    const name = command.constructor.name.replace('Command', '');
    if (name !== 'ListMessageMoveTasks') calls.push(name);
    if (name === 'StartMessageMoveTask') return { TaskHandle: 'ours' };
    if (name === 'CancelMessageMoveTask') return {};
    const Results = lists[Math.min(asked, lists.length - 1)];
    asked += 1;
    return { Results };
  };
  return { client: { send } as unknown as SQSClient, calls };
}

function moving(client: SQSClient, signal = new AbortController().signal): MoveTask & { told: number[] } {
  const told: number[] = [];
  return {
    client,
    deadLetterArn: 'arn:aws:sqs:eu-central-1:1:d',
    messagesPerSecond: undefined,
    signal,
    pollMs: 1,
    progress: (moved) => told.push(moved),
    told,
  };
}

const task = (Status: string, moved: number, StartedTimestamp: number): Task => ({
  Status,
  ApproximateNumberOfMessagesMoved: moved,
  StartedTimestamp,
});

test('does not take the previous task for its own', async () => {
  const old = task('COMPLETED', 99, 1);
  const { client, calls } = serverWith([[old], [old], [task('RUNNING', 3, 2)], [task('COMPLETED', 7, 2)]]);
  const move = moving(client);
  expect(await moveByTask(move)).toEqual({ moved: 7, status: 'COMPLETED', failure: undefined });
  expect(calls).toEqual(['StartMessageMoveTask']);
  expect(move.told).toEqual([3]);
});

test('follows a task that is already running instead of starting one', async () => {
  const { client, calls } = serverWith([[task('RUNNING', 3, 2)], [task('COMPLETED', 4, 2)]]);
  expect(await moveByTask(moving(client))).toMatchObject({ moved: 4, status: 'COMPLETED' });
  expect(calls).toEqual([]);
});

test('an interruption cancels our task and reports what it had moved', async () => {
  const { client, calls } = serverWith([[], [task('RUNNING', 3, 2)], [task('CANCELLED', 5, 2)]]);
  expect(await moveByTask(moving(client, AbortSignal.abort()))).toMatchObject({
    moved: 5,
    status: 'CANCELLED',
  });
  expect(calls).toEqual(['StartMessageMoveTask', 'CancelMessageMoveTask']);
});

test('an interruption leaves a task of another program running', async () => {
  const { client, calls } = serverWith([[task('RUNNING', 3, 2)]]);
  expect(await moveByTask(moving(client, AbortSignal.abort()))).toMatchObject({
    moved: 3,
    status: 'RUNNING',
  });
  expect(calls).toEqual([]);
});

test('reports a failure with its reason', async () => {
  const failed = { ...task('FAILED', 1, 2), FailureReason: 'AWS.SimpleQueueService.NonExistentQueue' };
  const { client } = serverWith([[], [failed]]);
  expect(await moveByTask(moving(client))).toEqual({
    moved: 1,
    status: 'FAILED',
    failure: 'AWS.SimpleQueueService.NonExistentQueue',
  });
});

test('tells a server without the call from one that fails', async () => {
  const client = (name: string) =>
    ({ send: async () => Promise.reject(Object.assign(new Error(name), { name })) }) as unknown as SQSClient;
  expect(await moveByTask(moving(client('InvalidAction')))).toBeUndefined();
  await expect(moveByTask(moving(client('AccessDenied')))).rejects.toThrow('AccessDenied');
});
