import { randomUUID } from 'node:crypto';
import {
  type BatchResultErrorEntry,
  type MessageAttributeValue,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { ContentEncoding } from '../event/body/content-encoding.ts';
import type { Body } from '../load/packer.ts';

/** A body on its way. FIFO queues take a repeated deduplication id once, so trying again there cannot send twice. */
export interface Parcel {
  readonly body: Body;
  readonly deduplicationId: string;
}

export interface BatchTarget {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly fifo: boolean;
  /** Whether parcels carry their tenant as MessageGroupId; some emulators refuse it on standard queues. */
  readonly groups: boolean;
}

export type ParcelAnswer =
  | { readonly kind: 'sent'; readonly messageId: string }
  /** SQS did not take it; `retryable` says whether it may another time. */
  | { readonly kind: 'refused'; readonly retryable: boolean; readonly error: string }
  /** The answer did not mention it. */
  | { readonly kind: 'unknown' };

export type BatchAnswer =
  | { readonly kind: 'answered'; readonly parcels: readonly ParcelAnswer[] }
  /** Nothing reached SQS, or SQS wants it later: safe to send again. */
  | { readonly kind: 'unreachable' | 'throttled'; readonly error: unknown }
  /** The queue does not take group ids: safe to send again, without. */
  | { readonly kind: 'groups_refused' }
  /** SQS refuses the whole call and will refuse the next one too. */
  | { readonly kind: 'refused'; readonly error: unknown }
  /** The answer was lost: all, some or none may be in the queue. */
  | { readonly kind: 'unknown'; readonly error: unknown };

/** One SendMessageBatch, once. Never rejects. */
export async function sendBatch(
  target: BatchTarget,
  parcels: readonly Parcel[],
  signal: AbortSignal,
): Promise<BatchAnswer> {
  const { client, queueUrl, fifo, groups } = target;
  const command = new SendMessageBatchCommand({
    QueueUrl: queueUrl,
    Entries: parcels.map(({ body, deduplicationId }, i) => ({
      Id: String(i),
      MessageBody: body.text,
      ...(body.encoding === undefined ? {} : { MessageAttributes: contentEncoding(body.encoding) }),
      ...(groups || fifo ? { MessageGroupId: body.tenant } : {}),
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
    const answers = new Map<string | undefined, ParcelAnswer>();
    for (const { Id, MessageId } of Successful)
      answers.set(Id, { kind: 'sent', messageId: MessageId ?? randomUUID() });
    for (const failed of Failed) answers.set(failed.Id, refusalOf(failed));
    return {
      kind: 'answered',
      parcels: parcels.map((_, i) => answers.get(String(i)) ?? { kind: 'unknown' }),
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

function refusalOf({ Code = '', Message = '', SenderFault = false }: BatchResultErrorEntry): ParcelAnswer {
  return { kind: 'refused', retryable: !SenderFault, error: `${Code} ${Message}`.trim() };
}

function refusesGroups(message: string): boolean {
  return /MessageGroupId|not valid for this queue type/i.test(message);
}

/** Connections that never came about: the request cannot have arrived. */
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
