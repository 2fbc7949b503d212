import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { queueOf } from '#internal/sqs/variables.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { explainSqsError, isAccessDenied } from '#internal/sqs/errors.ts';
import { MOST_MESSAGES_PER_SECOND } from '#internal/sqs/move-task.ts';
import { openQueue } from '#internal/sqs/open-queue.ts';
import { describeQueue, findDeadLetterQueue, type Queue, type RedrivePolicy } from '#internal/sqs/queue.ts';
import { type Redriven, redrive } from '#internal/sqs/redrive.ts';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import { queueConfig } from '#internal/programs/admin.ts';
import { withSqs } from './connections.ts';
import { counted } from '#internal/terminal/counted.ts';
import { type Output, print } from './output.ts';
import { positive } from './positive.ts';
import { listenForInterrupt, showProgress } from './progress.ts';

interface RedriveOptions {
  readonly dryRun: boolean;
  readonly limit?: number;
  readonly rate?: number;
  readonly copy: boolean;
}

const HELP = `
SQS moves the messages itself if it can. If it cannot, with --limit, and when
other queues share the dead-letter queue, this program receives, sends and
deletes them, in this order: an interruption may leave a message in both queues,
never in none. Either way they get a new SQS MessageId. Events with an id of
their own are stored once, however often they arrive; the others take the
MessageId as their id. So fix the cause before you move them, and move them
once.`;

/** `queue redrive`. */
export function redriveCommand(queue: Command, output: () => Output): void {
  queue
    .command('redrive')
    .description('move the dead letters back to the queue, to be processed again')
    .option('--dry-run', 'only show what would be moved', false)
    .option('--limit <n>', 'move at most this many, for a trial', positive(1_000_000))
    .option('--rate <n>', 'move at most this many per second', positive(MOST_MESSAGES_PER_SECOND))
    .option('--copy', 'let this program move them, even if SQS could', false)
    .addHelpText('after', HELP)
    .action(async (options: RedriveOptions) => {
      const config = loadConfig(queueConfig, process.env);
      const wanted = queueOf(config);
      await withSqs(queueOf(config), async (client) => {
        const { queue: found } = await openQueue(client, { ...wanted, create: false });
        try {
          await run(client, found, options, output());
        } catch (error) {
          if (error instanceof ProgramError) throw error;
          const sentence = explainSqsError(error, { queue: found.name, endpoint: wanted.endpoint });
          throw new Error(sentence, { cause: error });
        }
      });
    });
}

async function run(client: SQSClient, queue: Queue, options: RedriveOptions, output: Output): Promise<void> {
  const deadLetterQueue = await deadLetterQueueOf(client, queue);
  const names = { from: deadLetterQueue.name, to: queue.name };
  const { visible, inFlight, delayed } = await describeQueue(client, deadLetterQueue.url);
  if (options.dryRun) {
    const moved = Math.min(visible, options.limit ?? visible);
    print(output, { ...names, wouldMove: moved, visible, inFlight, delayed }, () =>
      [
        `${counted(moved, 'message')} of ${names.from} would be moved to ${names.to}`,
        ...(inFlight + delayed > 0 ? [`${inFlight} in flight and ${delayed} delayed would stay`] : []),
      ].join('\n'),
    );
    return;
  }
  using interrupt = listenForInterrupt();
  using progress = showProgress('messages moved', options.limit ?? visible);
  const end = await redrive({
    client,
    queue,
    deadLetterQueue,
    limit: options.limit,
    messagesPerSecond: options.rate,
    copy: options.copy,
    signal: interrupt.signal,
    progress: (moved, of) => progress.tell(moved, of),
  });
  progress[Symbol.dispose]();
  print(output, { ...names, ...end }, () => describe(names, end));
  const failed = end.failed + end.undeleted;
  if (failed > 0) throw new ProgramError(`${counted(failed, 'message')} could not be moved cleanly`);
  if (end.unfinished !== undefined) throw new ProgramError(`not all was moved: ${end.unfinished}`);
}

/** Finds the dead-letter queue that the queue's redrive policy names. */
async function deadLetterQueueOf(client: SQSClient, queue: Queue): Promise<Queue> {
  const { redrive: policy } = await describeQueue(client, queue.url);
  if (policy === undefined)
    throw new ProgramError(`the queue ${queue.name} has no dead-letter queue: "queue create" adds one`);
  const found = await findDeadLetterQueue(client, policy).catch((error: unknown) => {
    if (isAccessDenied(error)) return undefined;
    throw error;
  });
  if (found === undefined) throw new ProgramError(notFound(queue.name, policy));
  return found;
}

/** A queue of another account says that it does not exist to whoever may not look at it. */
function notFound(queue: string, { deadLetterName, deadLetterAccountId: account }: RedrivePolicy): string {
  const names = `the queue ${queue} names the dead-letter queue ${deadLetterName}`;
  if (account === undefined)
    return `${names}, which does not exist or may not be used: create it, or allow it in the IAM policy`;
  return `${names} of the AWS account ${account}, which does not exist there or may not be used from this one: run this with credentials of that account, or have its policy allow sqs:GetQueueUrl, sqs:GetQueueAttributes, sqs:ReceiveMessage and sqs:DeleteMessage to this one`;
}

function describe({ from, to }: { from: string; to: string }, end: Redriven): string {
  const how = end.by === 'task' ? 'by SQS itself' : 'by this program';
  return [
    `${counted(end.moved, 'message')} moved from ${from} to ${to}, ${how}`,
    ...(end.failed > 0 ? [`${end.failed} refused by ${to}: they stay in ${from}`] : []),
    ...(end.undeleted > 0
      ? [`${end.undeleted} sent but not deleted: they are in both queues, delete them from ${from}`]
      : []),
    ...(end.left > 0 ? [`${end.left} left: they belong to another queue, or are dead letters again`] : []),
  ].join('\n');
}
