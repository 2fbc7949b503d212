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

/** What one call may take. */
const BATCH = 10;
/** A long poll, because a short one asks only some of SQS's servers and may find nothing where there is something. */
const WAIT_SECONDS = 1;
/** How long what was received stays hidden; nothing of ours holds a batch longer than the calls about it take. */
const HIDDEN_SECONDS = 120;
const DELETE_TRIES = 3;

interface Moved {
  readonly moved: number;
  /** Refused by the queue that they were sent to: they are still where they were. */
  readonly failed: number;
  /** Sent, but not deleted: they are also still where they were. Counted as moved, too. */
  readonly undeleted: number;
  /** Another queue's, or moved by this very run and dead again. */
  readonly left: number;
}

interface Move {
  readonly client: SQSClient;
  readonly fromUrl: string;
  readonly toUrl: string;
  /** What SQS put aside for another queue than this one is left. */
  readonly toArn: string;
  readonly limit: number;
  /** Undefined: as fast as it goes. */
  readonly messagesPerSecond: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: (moved: number) => void;
}

/**
 * Moves messages by receiving, sending and deleting them, in this order: what breaks in between leaves a message
 * twice, never nowhere. They keep body, attributes, trace header and message group and get a new MessageId, as they
 * do in SQS's own redrive.
 */
export async function moveMessages(move: Move): Promise<Moved> {
  const sums = { moved: 0, failed: 0, undeleted: 0 };
  const sent = new Set<string>();
  /** Handles of what stays, by MessageId: given back at the end and not before, or we would only receive it again. */
  const staying = new Map<string, string>();
  try {
    while (sums.moved + sums.failed < move.limit && !move.signal.aborted) {
      const received = await receive(move, Math.min(BATCH, move.limit - sums.moved - sums.failed));
      const fresh = received.filter(({ MessageId = '' }) => !staying.has(MessageId));
      for (const message of received) staying.set(message.MessageId ?? '', message.ReceiptHandle ?? '');
      if (fresh.length === 0) break; // nothing there, or only what came by before
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

/** One dead-letter queue may serve several queues. Messages that were put there by hand name none. */
function isFor(queueArn: string, { Attributes }: Message): boolean {
  const source = Attributes?.DeadLetterQueueSourceArn;
  return source === undefined || source === queueArn;
}

/** Answers those that the queue took, and remembers the MessageIds that they have now. */
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

/** Answers how many could not be deleted. A throw would hide that they were sent. */
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

/** Only a courtesy: their visibility timeout gives them back as well. */
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
