import { flag, whole } from '../config/config.ts';
import { z } from 'zod';
import { nameOf } from './queue.ts';
import { endpointOf, regionOf } from './where.ts';

const endpoint = z
  .string()
  .refine(
    (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    'must be a URL such as http://localhost:4566',
  )
  .exactOptional();

/** Region and endpoint, read by every program that uses AWS. */
const awsVariables = { AWS_REGION: z.string().exactOptional(), AWS_ENDPOINT_URL: endpoint };

/** Variables of programs that fetch bodies from S3. */
export const payloadVariables = {
  ...awsVariables,
  S3_POINTERS: flag(false),
  AWS_ENDPOINT_URL_S3: endpoint,
};

interface PayloadVariables {
  readonly AWS_REGION?: string;
  readonly AWS_ENDPOINT_URL?: string;
  readonly AWS_ENDPOINT_URL_S3?: string;
  readonly MAX_EXPANDED_BYTES: number;
}

/** The options for S3: its own endpoint, else the common one, else that of AWS. */
export function payloadsOf(config: PayloadVariables) {
  return {
    region: config.AWS_REGION,
    endpoint: config.AWS_ENDPOINT_URL_S3 ?? config.AWS_ENDPOINT_URL,
    maxBytes: config.MAX_EXPANDED_BYTES,
  };
}

/** Variables that select the queue, read by every program that uses one. */
export const queueVariables = {
  ...awsVariables,
  QUEUE_NAME: z
    .string()
    .regex(
      /^(?=.{1,80}$)[A-Za-z0-9_-]+(\.fifo)?$/,
      'must be a queue name: up to 80 letters, digits, hyphens and underscores, with .fifo at the end for a FIFO queue',
    )
    .exactOptional(),
  QUEUE_URL: z
    .string()
    // Not URL.canParse: it refuses hosts such as sqs.us-east-1.127.0.0.1, which emulators return.
    .regex(
      /^https?:\/\/[^/\s]+\/\S*[^/\s]\/?$/,
      'must be the URL of a queue such as https://sqs.eu-central-1.amazonaws.com/123456789012/events',
    )
    .exactOptional(),
  QUEUE_CREATE: flag(false),
  DEAD_LETTER_QUEUE_NAME: z
    .string()
    .regex(/^(?=.{1,80}$)[A-Za-z0-9_-]+(\.fifo)?$/, 'must be a queue name of up to 80 characters')
    .exactOptional(),
  MAX_RECEIVE_COUNT: whole(10, 1, 1000),
  VISIBILITY_TIMEOUT_SECONDS: whole(60, 5, 43_200),
};

interface QueueVariables {
  readonly AWS_REGION?: string;
  readonly AWS_ENDPOINT_URL?: string;
  readonly QUEUE_NAME?: string;
  readonly QUEUE_URL?: string;
  readonly QUEUE_CREATE: boolean;
  readonly DEAD_LETTER_QUEUE_NAME?: string;
  readonly MAX_RECEIVE_COUNT: number;
  readonly VISIBILITY_TIMEOUT_SECONDS: number;
}

/** The configured queue: by URL or name, `events` by default; its region and endpoint, and the settings to create it with. */
export function queueOf(config: QueueVariables) {
  const name = config.QUEUE_URL === undefined ? (config.QUEUE_NAME ?? 'events') : nameOf(config.QUEUE_URL);
  const { QUEUE_URL: url, AWS_REGION, AWS_ENDPOINT_URL } = config;
  return {
    reference: url === undefined ? { name } : { url },
    region: AWS_REGION ?? (url === undefined ? undefined : regionOf(url)),
    endpoint: AWS_ENDPOINT_URL ?? (url === undefined ? undefined : endpointOf(url)),
    create: config.QUEUE_CREATE,
    settings: {
      name,
      deadLetterName: config.DEAD_LETTER_QUEUE_NAME ?? deadLetterName(name),
      maxReceiveCount: config.MAX_RECEIVE_COUNT,
      visibilityTimeoutSeconds: config.VISIBILITY_TIMEOUT_SECONDS,
    },
  };
}

// The name of a FIFO queue ends in .fifo, and its dead-letter queue must be a FIFO queue, too.
function deadLetterName(queue: string): string {
  return queue.endsWith('.fifo')
    ? `${queue.slice(0, -'.fifo'.length)}-dead-letter.fifo`
    : `${queue}-dead-letter`;
}

/** For `superRefine`: refuses a queue that is named twice, and a region other than that of the queue's URL. */
export function oneQueue(
  { QUEUE_NAME, QUEUE_URL, AWS_REGION }: Pick<QueueVariables, 'QUEUE_NAME' | 'QUEUE_URL' | 'AWS_REGION'>,
  context: z.RefinementCtx,
): void {
  if (QUEUE_NAME !== undefined && QUEUE_URL !== undefined) {
    context.addIssue({ code: 'custom', message: 'QUEUE_NAME and QUEUE_URL are both set: keep one of them' });
  }
  const region = QUEUE_URL === undefined ? undefined : regionOf(QUEUE_URL);
  if (region !== undefined && AWS_REGION !== undefined && region !== AWS_REGION) {
    context.addIssue({
      code: 'custom',
      message: `AWS_REGION is ${AWS_REGION}, but QUEUE_URL is in ${region}: correct one, or leave AWS_REGION out`,
    });
  }
}
