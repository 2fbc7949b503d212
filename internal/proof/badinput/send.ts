import {
  type SQSClient,
  SQSServiceException,
  SendMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import type { BadInput } from './case.ts';

/** The result of sending one message. */
export type Answer =
  | { readonly kind: 'sent'; readonly sqsMessageId: string }
  | { readonly kind: 'refused_by_sqs'; readonly code: string; readonly message: string };

export type Outgoing = Pick<BadInput, 'body' | 'attributes'>;

/** SQS accepts at most ten messages of at most 1 MiB together per call. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1_048_576;

/** Sends messages in order, in as few calls as possible. Returns the results in the same order. */
export async function sendAll(
  client: SQSClient,
  queueUrl: string,
  messages: readonly Outgoing[],
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let entries: SendMessageBatchRequestEntry[] = [];
  let bytes = 0;
  const flush = async () => {
    if (entries.length > 0) answers.push(...(await sendBatch(client, queueUrl, entries)));
    entries = [];
    bytes = 0;
  };
  for (const { body, attributes } of messages) {
    const size = Buffer.byteLength(body) + attributesBytes(attributes ?? {});
    if (entries.length === MAX_ENTRIES || bytes + size > MAX_BYTES) await flush();
    entries.push({
      Id: String(entries.length),
      MessageBody: body,
      ...(attributes === undefined ? {} : { MessageAttributes: attributes }),
    });
    bytes += size;
  }
  await flush();
  return answers;
}

async function sendBatch(
  client: SQSClient,
  QueueUrl: string,
  Entries: SendMessageBatchRequestEntry[],
): Promise<Answer[]> {
  const [first] = Entries;
  if (first !== undefined && Entries.length === 1) return [await sendOne(client, QueueUrl, first)];
  try {
    const { Successful = [], Failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl, Entries }),
    );
    const answers = new Map<string | undefined, Answer>([
      ...Successful.map(({ Id, MessageId = '' }) => [Id, { kind: 'sent', sqsMessageId: MessageId }] as const),
      ...Failed.map(({ Id, Code, Message }) => [Id, refusal(Code, Message)] as const),
    ]);
    return Entries.map(({ Id }) => answers.get(Id) as Answer);
  } catch {
    // The whole call was refused because of one message.
    const answers: Answer[] = [];
    for (const entry of Entries) answers.push(await sendOne(client, QueueUrl, entry));
    return answers;
  }
}

async function sendOne(
  client: SQSClient,
  QueueUrl: string,
  entry: SendMessageBatchRequestEntry,
): Promise<Answer> {
  const { Id: _, ...message } = entry;
  try {
    const { MessageId = '' } = await client.send(new SendMessageCommand({ QueueUrl, ...message }));
    return { kind: 'sent', sqsMessageId: MessageId };
  } catch (error) {
    if (!(error instanceof SQSServiceException)) throw error;
    return refusal(error.name, error.message);
  }
}

/** Emulators prefix the code with its old namespace; AWS does not. */
function refusal(code = '', message = ''): Answer {
  return { kind: 'refused_by_sqs', code: code.replace('AWS.SimpleQueueService.', ''), message };
}

function attributesBytes(attributes: NonNullable<BadInput['attributes']>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue = '', BinaryValue = [] }]) =>
      sum + Buffer.byteLength(name + DataType + StringValue) + BinaryValue.length,
    0,
  );
}
