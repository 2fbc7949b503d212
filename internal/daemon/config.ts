import { DEFAULT_MAX_EXPANDED_BYTES } from '../event/content-encoding.ts';
import { z } from 'zod';

/** Configuration that cannot be used. The message lists every problem, one a line, and holds no values. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads a program's configuration from environment variables. An empty variable counts as not set.
 * @throws ConfigError with all problems at once
 */
export function loadConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return name === '' ? issue.message : `${name} ${issue.message}`;
    }),
  );
}

/** A whole number between bounds, both included. */
export function whole(fallback: number, minimum: number, maximum: number) {
  const wanted = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, wanted)
    .transform(Number)
    .pipe(z.number().min(minimum, wanted).max(maximum, wanted))
    .default(fallback);
}

/** `true` or `false`. */
export function flag(fallback: boolean) {
  return z
    .enum(['true', 'false'], 'must be true or false')
    .transform((value) => value === 'true')
    .default(fallback);
}

export const databaseUrl = z
  .string('is missing: the PostgreSQL to use, such as postgres://user:password@localhost:5432/events')
  .refine(
    (value) => URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol),
    'must be a URL such as postgres://user:password@localhost:5432/events',
  );

/** What a compressed SQS body may expand to: from what SQS takes uncompressed on. */
export const maxExpandedBytes = whole(DEFAULT_MAX_EXPANDED_BYTES, 1_048_576, 67_108_864);

/** Of the processor; `admin doctor` judges by them, too. */
export const processorVariables = {
  BATCH_AGE_MS: whole(10, 0, 10_000),
  STORE_CONNECTIONS: whole(2, 1, 50),
  WORKERS: whole(1, 1, 128),
};

/** Variables of every program. */
export const commonVariables = {
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
};

const endpoint = z
  .string()
  .refine(
    (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    'must be a URL such as http://localhost:4566',
  )
  .exactOptional();

/** Variables that say which AWS, of every program that talks to it. */
const awsVariables = { AWS_REGION: z.string().exactOptional(), AWS_ENDPOINT_URL: endpoint };

/** Variables of whatever fetches bodies from S3. */
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

/** Where S3 is: at an endpoint of its own, at that of everything, or at AWS. */
export function payloadsOf(config: PayloadVariables) {
  return {
    region: config.AWS_REGION,
    endpoint: config.AWS_ENDPOINT_URL_S3 ?? config.AWS_ENDPOINT_URL,
    maxBytes: config.MAX_EXPANDED_BYTES,
  };
}

/** Variables that say which queue of which SQS, read by every program that talks to one. */
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
    // Not URL.canParse: emulators answer hosts such as sqs.us-east-1.127.0.0.1, which it refuses.
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
  readonly AWS_ENDPOINT_URL?: string;
  readonly QUEUE_NAME?: string;
  readonly QUEUE_URL?: string;
  readonly QUEUE_CREATE: boolean;
  readonly DEAD_LETTER_QUEUE_NAME?: string;
  readonly MAX_RECEIVE_COUNT: number;
  readonly VISIBILITY_TIMEOUT_SECONDS: number;
}

/** The queue as configured: by URL or by name, `events` without either, and how to make it. */
export function queueOf(config: QueueVariables) {
  const name = config.QUEUE_URL?.split('/').findLast((part) => part !== '') ?? config.QUEUE_NAME ?? 'events';
  return {
    reference: config.QUEUE_URL === undefined ? { name } : { url: config.QUEUE_URL },
    endpoint: config.AWS_ENDPOINT_URL,
    create: config.QUEUE_CREATE,
    settings: {
      name,
      deadLetterName: config.DEAD_LETTER_QUEUE_NAME ?? deadLetterName(name),
      maxReceiveCount: config.MAX_RECEIVE_COUNT,
      visibilityTimeoutSeconds: config.VISIBILITY_TIMEOUT_SECONDS,
    },
  };
}

// SQS wants the ending of a FIFO queue at the end, and a FIFO queue's dead letters in a FIFO queue.
function deadLetterName(queue: string): string {
  return queue.endsWith('.fifo')
    ? `${queue.slice(0, -'.fifo'.length)}-dead-letter.fifo`
    : `${queue}-dead-letter`;
}

/** For `superRefine`: naming the queue twice is a mistake waiting to happen. */
export function oneQueue(
  config: { readonly QUEUE_NAME?: string; readonly QUEUE_URL?: string },
  context: z.RefinementCtx,
): void {
  if (config.QUEUE_NAME !== undefined && config.QUEUE_URL !== undefined) {
    context.addIssue({ code: 'custom', message: 'QUEUE_NAME and QUEUE_URL are both set: keep one of them' });
  }
}
