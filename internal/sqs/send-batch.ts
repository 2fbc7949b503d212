import { randomUUID } from 'node:crypto';
import {
  type BatchResultErrorEntry,
  type MessageAttributeValue,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { ContentEncoding } from '../event/body/content-encoding.ts';

/** An SQS message to be sent. */
export interface OutboxMessage {
  /** The body as sent to SQS: compressed and in Base64 if it has an encoding. */
  readonly text: string;
  readonly encoding?: ContentEncoding;
  /** MessageGroupId: the unit of order on a FIFO queue, and of fair turns on a standard one. */
  readonly group: string;
}

/** A message being sent. A FIFO queue accepts a deduplication id only once, so a retry cannot deliver it twice. */
export interface Outgoing<M extends OutboxMessage> {
  readonly message: M;
  readonly deduplicationId: string;
}

export interface OutboxQueue {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly fifo: boolean;
}

/** SQS's answer about one message. */
export type EntryAnswer =
  | { readonly kind: 'sent'; readonly sqsMessageId: string }
  /** SQS did not accept it; `retryable` says whether a retry may succeed. */
  | { readonly kind: 'refused'; readonly retryable: boolean; readonly error: string }
  /** The answer did not mention it. */
  | { readonly kind: 'unknown' };

export type SendAnswer =
  /** One entry per message, in their order. */
  | { readonly kind: 'answered'; readonly entries: readonly EntryAnswer[] }
  /** Nothing reached SQS, or SQS throttled the call: safe to retry. */
  | { readonly kind: 'unreachable' | 'throttled'; readonly error: unknown }
  /** The queue does not accept group ids: safe to retry without them. */
  | { readonly kind: 'groups_refused' }
  /** SQS refuses the whole call and will refuse the next one too. */
  | { readonly kind: 'refused'; readonly error: unknown }
  /** The answer was lost: all, some or none may be in the queue. */
  | { readonly kind: 'unknown'; readonly error: unknown };

/**
 * Calls SendMessageBatch once. `groups` says whether messages of a standard queue carry their group: some emulators
 * refuse it there. Never rejects.
 */
export async function sendBatch(
  { client, queueUrl, fifo }: OutboxQueue,
  batch: readonly Outgoing<OutboxMessage>[],
  groups: boolean,
  signal: AbortSignal,
): Promise<SendAnswer> {
  const command = new SendMessageBatchCommand({
    QueueUrl: queueUrl,
    Entries: batch.map(({ message: { text, encoding, group }, deduplicationId }, i) => ({
      Id: String(i),
      MessageBody: text,
      ...(encoding === undefined ? {} : { MessageAttributes: contentEncoding(encoding) }),
      ...(groups || fifo ? { MessageGroupId: group } : {}),
      ...(fifo ? { MessageDeduplicationId: deduplicationId } : {}),
    })),
  });
  try {
    const { Successful = [], Failed = [] } = await client.send(command, { abortSignal: signal });
    if (
      groups &&
      !fifo &&
      Failed.some(({ Message = '' }) => refusesGroups(Message)) &&
      Successful.length === 0
    ) {
      return { kind: 'groups_refused' };
    }
    const answers = new Map<string | undefined, EntryAnswer>();
    for (const { Id, MessageId } of Successful)
      answers.set(Id, { kind: 'sent', sqsMessageId: MessageId ?? randomUUID() });
    for (const failed of Failed) answers.set(failed.Id, refusalOf(failed));
    return {
      kind: 'answered',
      entries: batch.map((_, i) => answers.get(String(i)) ?? { kind: 'unknown' }),
    };
  } catch (error) {
    return groups && !fifo && error instanceof Error && refusesGroups(error.message)
      ? { kind: 'groups_refused' }
      : { kind: whatHappened(error), error };
  }
}

function contentEncoding(encoding: ContentEncoding): Record<string, MessageAttributeValue> {
  return { 'content-encoding': { DataType: 'String', StringValue: encoding } };
}

function refusalOf({ Code = '', Message = '', SenderFault = false }: BatchResultErrorEntry): EntryAnswer {
  return { kind: 'refused', retryable: !SenderFault, error: `${Code} ${Message}`.trim() };
}

function refusesGroups(message: string): boolean {
  return /MessageGroupId|not valid for this queue type/i.test(message);
}

/** The connection was never established: the request cannot have arrived. */
const NOT_CONNECTED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/;

function whatHappened(error: unknown): 'unreachable' | 'throttled' | 'refused' | 'unknown' {
  if (!(error instanceof Error)) return 'unknown';
  const { code, syscall, $metadata } = error as Error & {
    code?: unknown;
    syscall?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  if (syscall === 'connect' || syscall === 'getaddrinfo') return 'unreachable';
  if (typeof code === 'string' && NOT_CONNECTED.test(code)) return 'unreachable';
  if (/did not establish a connection/.test(error.message)) return 'unreachable';
  if (/Throttl|TooManyRequests/.test(error.name)) return 'throttled';
  if (error.name.startsWith('Credentials')) return 'refused';
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}
