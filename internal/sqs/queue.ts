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

/** A queue as configured: by its URL or by its name. */
export type QueueReference = { readonly url: string } | { readonly name: string };

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

export interface QueueDescription {
  readonly visibilityTimeoutSeconds: number;
  /** Undefined where the server does not tell. */
  readonly retentionSeconds: number | undefined;
  readonly maximumMessageBytes: number | undefined;
  readonly redrive: { readonly deadLetterName: string; readonly maxReceiveCount: number } | undefined;
  /** Approximate, as SQS tells them. */
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** Where the queue is; undefined when there is none. */
export async function findQueue(client: SQSClient, reference: QueueReference): Promise<Queue | undefined> {
  try {
    if ('url' in reference) {
      await attributesOf(client, reference.url, ['QueueArn']);
      return { url: reference.url, name: nameOf(reference.url) };
    }
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: reference.name }));
    return QueueUrl === undefined ? undefined : { url: QueueUrl, name: reference.name };
  } catch (error) {
    if (isQueueMissing(error)) return undefined;
    throw error;
  }
}

/** The last part of a queue URL. Read as text: emulators make up host names that no URL may have. */
export function nameOf(queueUrl: string): string {
  return queueUrl.split('/').findLast((part) => part !== '') ?? queueUrl;
}

/** SQS answers the old name of the error to some clients. */
export function isQueueMissing(error: unknown): boolean {
  if (error instanceof QueueDoesNotExist) return true;
  return error instanceof Error && /QueueDoesNotExist|NonExistentQueue/.test(error.name);
}

/** LocalStack and older SQS answer the name of the Query protocol. */
function isQueueThere(error: unknown): boolean {
  return error instanceof Error && /QueueNameExists|QueueAlreadyExists/.test(error.name);
}

/**
 * Makes the queue and its dead-letter queue where they are missing. A queue that is there keeps its settings;
 * only a missing redrive policy is added, because without one a message that cannot be handled comes for ever.
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
    if (QueueUrl === undefined) throw new Error(`SQS made the queue ${name} and did not answer its URL`);
    return { url: QueueUrl, name };
  } catch (error) {
    // Another program made it meanwhile, with other settings: those hold.
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
    redrive: policy === undefined || policy === '' ? undefined : readRedrivePolicy(policy),
    visible: Number(attributes['ApproximateNumberOfMessages'] ?? 0),
    inFlight: Number(attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    delayed: Number(attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function readRedrivePolicy(policy: string): QueueDescription['redrive'] {
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy) as {
    deadLetterTargetArn: string;
    maxReceiveCount: number | string;
  };
  return {
    deadLetterName: deadLetterTargetArn.split(':').at(-1) ?? '',
    maxReceiveCount: Number(maxReceiveCount),
  };
}

export async function arnOf(client: SQSClient, queueUrl: string): Promise<string> {
  const { QueueArn } = await attributesOf(client, queueUrl, ['QueueArn']);
  if (QueueArn === undefined) throw new Error(`SQS answers no ARN for the queue ${nameOf(queueUrl)}`);
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
