import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

const FOURTEEN_DAYS_SECONDS = '1209600';
const LONGEST_WAIT_SECONDS = '20';

/** A queue as configured: by its URL, or by its name and, for a queue of another account, the account. */
export type QueueReference =
  | { readonly url: string }
  | { readonly name: string; readonly accountId?: string };

export interface Queue {
  readonly url: string;
  readonly name: string;
}

export interface QueueSettings {
  readonly name: string;
  readonly deadLetterName: string;
  /** Receives after which SQS moves a message to the dead-letter queue. */
  readonly maxReceiveCount: number;
  readonly visibilityTimeoutSeconds: number;
}

export interface RedrivePolicy {
  readonly deadLetterName: string;
  /** The account of the dead-letter queue; undefined when it is the queue's own. */
  readonly deadLetterAccountId: string | undefined;
  readonly maxReceiveCount: number;
}

export interface QueueDescription {
  readonly visibilityTimeoutSeconds: number;
  /** Undefined when the server does not report it. */
  readonly retentionSeconds: number | undefined;
  readonly maximumMessageBytes: number | undefined;
  /** Undefined without a policy, or with one that names no queue. */
  readonly redrive: RedrivePolicy | undefined;
  /** Approximate, as SQS reports them. */
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A server answered in a way that SQS never does. */
export class NotSqsError extends Error {
  override readonly name = 'NotSqsError';
}

/** Finds the queue; undefined when it does not exist. */
export async function findQueue(client: SQSClient, reference: QueueReference): Promise<Queue | undefined> {
  try {
    if ('url' in reference) {
      const { QueueArn } = await attributesOf(client, reference.url, ['QueueArn']);
      if (QueueArn === undefined) throw new NotSqsError();
      return { url: reference.url, name: nameOf(reference.url) };
    }
    const { name, accountId } = reference;
    const { QueueUrl } = await client.send(
      new GetQueueUrlCommand({
        QueueName: name,
        ...(accountId === undefined ? {} : { QueueOwnerAWSAccountId: accountId }),
      }),
    );
    if (QueueUrl === undefined) throw new NotSqsError();
    return { url: QueueUrl, name };
  } catch (error) {
    if (isQueueMissing(error)) return undefined;
    throw error;
  }
}

/** The last part of a queue URL. Not parsed as a URL: emulators use host names that are invalid in one. */
export function nameOf(queueUrl: string): string {
  return queueUrl.split('/').findLast((part) => part !== '') ?? queueUrl;
}

/** SQS sends some clients the old name of the error. */
export function isQueueMissing(error: unknown): boolean {
  if (error instanceof QueueDoesNotExist) return true;
  return error instanceof Error && /QueueDoesNotExist|NonExistentQueue/.test(error.name);
}

/** LocalStack and older versions of SQS send the name of the Query protocol. */
function isQueueThere(error: unknown): boolean {
  return error instanceof Error && /QueueNameExists|QueueAlreadyExists/.test(error.name);
}

/**
 * Creates the queue and its dead-letter queue where they are missing. An existing queue keeps its settings; only a missing
 * redrive policy is added, because without one SQS redelivers a message that cannot be handled until it expires.
 */
export async function createQueue(client: SQSClient, settings: QueueSettings): Promise<Queue> {
  const deadLetter = await findOrCreate(client, settings.deadLetterName, {
    MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS,
  });
  const { QueueArn } = await attributesOf(client, deadLetter.url, ['QueueArn']);
  const redrive = {
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: QueueArn,
      maxReceiveCount: settings.maxReceiveCount,
    }),
  };
  const queue = await findOrCreate(client, settings.name, {
    MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS,
    ReceiveMessageWaitTimeSeconds: LONGEST_WAIT_SECONDS,
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    ...redrive,
  });
  if ((await describeQueue(client, queue.url)).redrive === undefined) {
    await client.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: redrive }));
  }
  return queue;
}

async function findOrCreate(
  client: SQSClient,
  name: string,
  attributes: Record<string, string>,
): Promise<Queue> {
  const found = await findQueue(client, { name });
  if (found !== undefined) return found;
  const fifo: Record<string, string> = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  try {
    const { QueueUrl } = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes, ...fifo } }),
    );
    if (QueueUrl === undefined) throw new Error(`SQS created the queue ${name} but did not return its URL`);
    return { url: QueueUrl, name };
  } catch (error) {
    // Another program has created it meanwhile with other settings, which are kept.
    const made = isQueueThere(error) ? await findQueue(client, { name }) : undefined;
    if (made === undefined) throw error;
    return made;
  }
}

export async function describeQueue(client: SQSClient, queueUrl: string): Promise<QueueDescription> {
  const attributes = await attributesOf(client, queueUrl, ['All']);
  const policy = attributes['RedrivePolicy'];
  return {
    visibilityTimeoutSeconds: Number(attributes['VisibilityTimeout']),
    retentionSeconds: numberOf(attributes['MessageRetentionPeriod']),
    maximumMessageBytes: numberOf(attributes['MaximumMessageSize']),
    redrive: policy === undefined ? undefined : readRedrivePolicy(policy, attributes['QueueArn']),
    visible: Number(attributes['ApproximateNumberOfMessages'] ?? 0),
    inFlight: Number(attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    delayed: Number(attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** The target is arn:PARTITION:sqs:REGION:ACCOUNT:NAME. LocalStack and older templates have policies without one: no policy. */
function readRedrivePolicy(policy: string, queueArn: string | undefined): RedrivePolicy | undefined {
  let read: { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown } | null;
  try {
    read = JSON.parse(policy) as typeof read;
  } catch {
    return undefined;
  }
  if (typeof read?.deadLetterTargetArn !== 'string' || read.deadLetterTargetArn === '') return undefined;
  const parts = read.deadLetterTargetArn.split(':');
  const [account, name = ''] = parts.slice(-2);
  const own = queueArn?.split(':').at(-2);
  return {
    deadLetterName: name,
    deadLetterAccountId: parts.length < 6 || account === own ? undefined : account,
    maxReceiveCount: Number(read.maxReceiveCount),
  };
}

/** Finds the dead-letter queue that a policy names; undefined when it does not exist. */
export async function findDeadLetterQueue(
  client: SQSClient,
  { deadLetterName, deadLetterAccountId }: RedrivePolicy,
): Promise<Queue | undefined> {
  return findQueue(client, {
    name: deadLetterName,
    ...(deadLetterAccountId === undefined ? {} : { accountId: deadLetterAccountId }),
  });
}

export async function arnOf(client: SQSClient, queueUrl: string): Promise<string> {
  const { QueueArn } = await attributesOf(client, queueUrl, ['QueueArn']);
  if (QueueArn === undefined) throw new Error(`SQS returned no ARN for the queue ${nameOf(queueUrl)}`);
  return QueueArn;
}

async function attributesOf(
  client: SQSClient,
  queueUrl: string,
  names: QueueAttributeName[],
): Promise<Partial<Record<string, string>>> {
  const answer = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: names }),
  );
  return answer.Attributes ?? {};
}
