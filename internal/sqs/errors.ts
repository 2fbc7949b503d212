import { explainMissingCredentials } from './aws-settings.ts';
import { isQueueMissing, NotSqsError } from './queue.ts';

interface Where {
  readonly endpoint?: string | undefined;
  /** Name or URL of the queue. */
  readonly queue: string;
}

/** Returns one sentence on why SQS cannot be used and what to do. It never contains a credential. */
export function explainSqsError(error: unknown, { endpoint, queue }: Where): string {
  const place = endpoint === undefined ? 'SQS' : `SQS at ${new URL(endpoint).origin}`;
  if (!(error instanceof Error)) return `${place} cannot be used: ${String(error)}`;
  if (isQueueMissing(error)) return missingQueue(queue, endpoint);
  const { name } = error;
  if (error instanceof NotSqsError || isGibberish(error)) {
    const status = statusOf(error);
    const told = status === undefined ? '' : ` (HTTP status ${status})`;
    return `${place} answers${told}, but does not speak SQS's JSON protocol: check that AWS_ENDPOINT_URL, or QUEUE_URL, is the address of an SQS`;
  }
  if (/QueueDeletedRecently/.test(name)) {
    return `the queue ${queue} was deleted less than a minute ago: SQS refuses to create it again within that minute`;
  }
  if (isWithoutCredentials(error)) return explainMissingCredentials(error);
  if (REFUSED_CREDENTIALS.test(name)) {
    return `${place} refused the AWS credentials (${name}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN`;
  }
  if (isAccessDenied(error))
    return `${place} denied access to the queue ${queue}: allow it in the IAM policy`;
  if (isRefusedAddress(error)) return explainAddress(error.message);
  if (/Region is missing/.test(error.message))
    return 'AWS_REGION is missing: set it to the region of the queue';
  if (/InvalidAction|InvalidAddress|UnknownOperation/.test(name)) {
    return `${place} does not understand the call (${name}): check that AWS_ENDPOINT_URL is the address of an SQS that speaks its JSON protocol`;
  }
  if (/Throttl|TooManyRequests|RequestLimitExceeded/.test(name)) {
    return `${place} throttles the calls (${name}): try again later, or ask for a higher quota`;
  }
  if (connectionCode(error) !== undefined) {
    return `${place} cannot be reached (${connectionCode(error)}): check that it runs and that AWS_ENDPOINT_URL is right`;
  }
  return `${place} answered: ${name}: ${error.message.replace(/\s+/g, ' ')}`;
}

/** Whether waiting may help: SQS cannot be reached, throttles, or has an internal error. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = statusOf(error);
  const code = connectionCode(error) ?? '';
  return (
    /^(time-out|ECONN\w+|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN)|EPIPE|EAI_AGAIN|ENOTFOUND)$/.test(code) ||
    /Throttl|TooManyRequests|RequestLimitExceeded/.test(error.name) ||
    (status !== undefined && status >= 500)
  );
}

/**
 * Whether the error, or its cause, is one of configuration: region, credentials, address or queue are refused or do not
 * exist.
 */
export function isMisconfigured(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    isQueueMissing(error) ||
    error.name === 'QueueMissingError' ||
    error instanceof NotSqsError ||
    isGibberish(error) ||
    isWithoutCredentials(error) ||
    REFUSED_CREDENTIALS.test(error.name) ||
    /InvalidAction|InvalidAddress|UnknownOperation/.test(error.name) ||
    isRefusedAddress(error) ||
    /Region is missing/.test(error.message) ||
    isMisconfigured(error.cause)
  );
}

const REFUSED_CREDENTIALS =
  /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|ExpiredToken|InvalidAccessKeyId/;

/** The SDK finds no address of AWS for what is set together. */
function isRefusedAddress(error: Error): boolean {
  return error.name === 'EndpointError';
}

function explainAddress(message: string): string {
  if (/custom endpoint/.test(message))
    return 'AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT choose among the addresses of AWS, and go with no other one: leave them out, or leave out AWS_ENDPOINT_URL, or the VPC endpoint in QUEUE_URL; a VPC endpoint with FIPS is one of the service sqs-fips';
  if (/partition does not support/.test(message))
    return `AWS has no such address of SQS in this region (${message}): leave AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT out, or correct AWS_REGION`;
  return `the AWS SDK finds no address of SQS (${message}): check AWS_REGION, AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT`;
}

/** The SDK found no credentials, or their source failed. */
function isWithoutCredentials(error: Error): boolean {
  return /CredentialsProviderError|TokenProviderError/.test(error.name);
}

export function isAccessDenied(error: unknown): boolean {
  return error instanceof Error && /AccessDenied/.test(error.name);
}

/** The SDK could not read the answer as JSON, or found no error code in it. A 5xx may come from a load balancer before SQS. */
function isGibberish(error: Error): boolean {
  const status = statusOf(error);
  return status !== undefined && status < 500 && (error.name === 'SyntaxError' || error.name === 'Unknown');
}

function statusOf(error: Error): number | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}

export function missingQueue(queue: string, endpoint: string | undefined): string {
  const place = endpoint === undefined ? '' : ` at ${new URL(endpoint).origin}`;
  return `the queue ${queue} does not exist${place}: create it with "npm run admin -- queue create", set QUEUE_CREATE=true, or correct QUEUE_NAME, QUEUE_URL or AWS_REGION`;
}

function connectionCode(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(error.code))
    return error.code;
  return error.name === 'TimeoutError' ? 'time-out' : undefined;
}
