import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { entriesOf, inBatches } from './copied-message.ts';

/** SQS's limit of messages in one call. */
const BATCH = 10;
/** A long poll, because a short one asks only some of SQS's servers and may miss messages. */
const WAIT_SECONDS = 1;
/** Visibility timeout of received messages; the calls for one batch take less. */
const HIDDEN_SECONDS = 120;
const DELETE_TRIES = 3;

interface Moved {
  readonly moved: number;
  /** Refused by the target queue: they are still in the source queue. */
  readonly failed: number;
  /** Sent but not deleted: they are in both queues. Counted as moved, too. */
  readonly undeleted: number;
  /** Left alone: they belong to another queue, or this run moved them and they are dead letters again. */
  readonly left: number;
}

interface Move {
  readonly client: SQSClient;
  readonly fromUrl: string;
  readonly toUrl: string;
  /** Dead letters of any other queue are left alone. */
  readonly toArn: string;
  readonly limit: number;
  /** Undefined for no limit. */
  readonly messagesPerSecond: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: (moved: number) => void;
}

/**
 * Moves messages by receiving, sending and deleting them, in this order: a failure in between leaves a message in both
 * queues, never in neither. They keep body, attributes, trace header and message group and get a new MessageId, as in
 * SQS's own redrive.
 */
export async function moveMessages(move: Move): Promise<Moved> {
  const sums = { moved: 0, failed: 0, undeleted: 0 };
  const sent = new Set<string>();
  /** Handles of messages that stay, by MessageId. Released at the end only: earlier, we would receive them again. */
  const staying = new Map<string, string>();
  try {
    while (sums.moved + sums.failed < move.limit && !move.signal.aborted) {
      const received = await receive(move, Math.min(BATCH, move.limit - sums.moved - sums.failed));
      const fresh = received.filter(({ MessageId = '' }) => !staying.has(MessageId));
      for (const message of received) staying.set(message.MessageId ?? '', message.ReceiptHandle ?? '');
      if (fresh.length === 0) break; // nothing left, or only messages seen before
      const ours = fresh.filter(
        (message) => !sent.has(message.MessageId ?? '') && isFor(move.toArn, message),
      );
      for (const batch of inBatches(ours)) {
        const accepted = await send(move, batch, sent);
        for (const { MessageId = '' } of accepted) staying.delete(MessageId);
        sums.moved += accepted.length;
        sums.failed += batch.length - accepted.length;
        sums.undeleted += await remove(move, accepted);
      }
      move.progress(sums.moved);
      await pace(move, ours.length);
    }
  } finally {
    await giveBack(move, [...staying.values()]);
  }
  return { ...sums, left: staying.size - sums.failed };
}

async function pace({ messagesPerSecond, signal }: Move, messages: number): Promise<void> {
  if (messagesPerSecond === undefined) return;
  await sleep((messages * 1_000) / messagesPerSecond, undefined, { signal }).catch(() => {});
}

async function receive({ client, fromUrl }: Move, count: number): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: fromUrl,
      MaxNumberOfMessages: count,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: HIDDEN_SECONDS,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

/** One dead-letter queue may serve several queues. Messages that were sent to it by hand name none. */
function isFor(queueArn: string, { Attributes }: Message): boolean {
  const source = Attributes?.DeadLetterQueueSourceArn;
  return source === undefined || source === queueArn;
}

/** Returns the messages that the queue accepted, and adds their new MessageIds to `sent`. */
async function send(
  { client, toUrl }: Move,
  messages: readonly Message[],
  sent: Set<string>,
): Promise<Message[]> {
  const { Successful = [] } = await client.send(
    new SendMessageBatchCommand({ QueueUrl: toUrl, Entries: entriesOf(messages, toUrl.endsWith('.fifo')) }),
  );
  for (const { MessageId = '' } of Successful) sent.add(MessageId);
  return Successful.map(({ Id }) => messages[Number(Id)] as Message);
}

/** Returns how many could not be deleted. Throwing would hide that they were sent. */
async function remove({ client, fromUrl }: Move, messages: readonly Message[]): Promise<number> {
  let rest = messages;
  for (let tries = 0; rest.length > 0 && tries < DELETE_TRIES; tries += 1) {
    const Entries = rest.map(({ ReceiptHandle = '' }, i) => ({ Id: String(i), ReceiptHandle }));
    const answer = await client
      .send(new DeleteMessageBatchCommand({ QueueUrl: fromUrl, Entries }))
      .catch(() => undefined);
    if (answer === undefined) continue;
    rest = (answer.Failed ?? []).map(({ Id }) => rest[Number(Id)] as Message);
  }
  return rest.length;
}

/** Best effort: without it, they become visible again after their visibility timeout. */
async function giveBack({ client, fromUrl }: Move, handles: readonly string[]): Promise<void> {
  for (let i = 0; i < handles.length; i += BATCH) {
    const Entries = handles
      .slice(i, i + BATCH)
      .map((ReceiptHandle, k) => ({ Id: String(k), ReceiptHandle, VisibilityTimeout: 0 }));
    await client
      .send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: fromUrl, Entries }))
      .catch(() => undefined);
  }
}
