import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FreshCredentials } from './credentials.ts';

export interface SqsOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Connections of this client. Long polls hold theirs for 20 s, so they use a client of their own. */
  readonly maxSockets: number;
  /** 1 for sends: only the caller knows whether a send may be repeated. */
  readonly maxAttempts?: number;
  /** A call fails after this long without an answer; it must exceed the wait of long polls. */
  readonly requestTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Exceeds the longest long poll, which is 20 s. */
const DEFAULT_REQUEST_TIMEOUT_MS = 35_000;

/** Opens a client with its own keep-alive connections. Credentials come from the AWS SDK's provider chain. */
export function openSqs({
  region,
  endpoint,
  maxSockets,
  maxAttempts = 2,
  requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS,
}: SqsOptions): SQSClient {
  // Uses HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as HttpTransport does.
  const agent = { keepAlive: true, maxSockets, proxyEnv: process.env };
  return new SQSClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    // Emulators return queue URLs with host names that may not resolve, and those of AWS name neither FIPS nor dual-stack
    // endpoints: the region and the settings decide where calls go.
    useQueueUrlAsEndpoint: false,
    credentials: new FreshCredentials().getExpiring,
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true, // without it the handler only warns, and the call keeps waiting
    }),
    // TLS and TCP already protect the bodies; checking the MD5 sums that SQS returns costs a third of a send.
    md5: false,
  });
}
